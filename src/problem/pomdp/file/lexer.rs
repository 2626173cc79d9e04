//! Words of a `.POMDP` file, with their places.

/// A place in a file, counted from 1; columns count bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    /// A message about what stands here.
    pub fn message(self, text: impl AsRef<str>) -> String {
        format!("line {}, column {}: {}", self.line, self.column, text.as_ref())
    }
}

/// One word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Colon,
    Star,
    /// A word of the format, such as `states`.
    Keyword(&'a str),
    Name(&'a str),
    /// A finite number, and its value as an index if it is written as one.
    Number(f64, Option<usize>),
    End,
}

impl Token<'_> {
    /// How an error speaks of it.
    pub fn describe(&self) -> String {
        match self {
            Self::Colon => "\":\"".into(),
            Self::Star => "\"*\"".into(),
            Self::Keyword(word) | Self::Name(word) => format!("\"{}\"", shorten(word)),
            Self::Number(value, _) => format!("the number {value}"),
            Self::End => "the end of the file".into(),
        }
    }
}

/// Words that name nothing.
pub(super) const KEYWORDS: [&str; 16] = [
    "discount",
    "values",
    "states",
    "actions",
    "observations",
    "T",
    "O",
    "R",
    "uniform",
    "identity",
    "reward",
    "cost",
    "start",
    "include",
    "exclude",
    "reset",
];

/// Whether the format can hold this name: a letter, then letters, digits, `-` and `_`.
pub(super) fn is_name(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(is_name_byte)
        && !KEYWORDS.contains(&word)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Cuts a word that would fill the screen.
fn shorten(word: &str) -> String {
    let mut short: String = word.chars().take(40).collect();
    if short.len() < word.len() {
        short.push_str("...");
    }
    short
}

/// Splits bytes into words; one word is known ahead.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    position: usize,
    line: usize,
    line_start: usize,
    ahead: (Token<'a>, Place),
}

impl<'a> Lexer<'a> {
    /// Starts at the first word.
    pub fn new(bytes: &'a [u8]) -> Result<Self, String> {
        // A byte order mark is no part of the text.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let place = Place { line: 1, column: 1 };
        let ahead = (Token::End, place);
        let mut lexer = Self { bytes, position: 0, line: 1, line_start: 0, ahead };
        lexer.ahead = lexer.scan()?;
        Ok(lexer)
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Token<'a> {
        self.ahead.0
    }

    /// Where the next word stands.
    pub fn place(&self) -> Place {
        self.ahead.1
    }

    /// Takes the next word.
    pub fn take(&mut self) -> Result<(Token<'a>, Place), String> {
        let next = self.scan()?;
        Ok(std::mem::replace(&mut self.ahead, next))
    }

    /// A message about the next word: what was expected in its place.
    pub fn expected(&self, what: impl AsRef<str>) -> String {
        self.place().message(format!(
            "expected {}, found {}",
            what.as_ref(),
            self.peek().describe()
        ))
    }

    fn scan(&mut self) -> Result<(Token<'a>, Place), String> {
        self.skip_blanks();
        let place = Place { line: self.line, column: self.position - self.line_start + 1 };
        let Some(&first) = self.bytes.get(self.position) else { return Ok((Token::End, place)) };
        let token = match first {
            b':' => {
                self.position += 1;
                Token::Colon
            }
            b'*' => {
                self.position += 1;
                Token::Star
            }
            b if b.is_ascii_alphabetic() => {
                let word = self.run(is_name_byte);
                if KEYWORDS.contains(&word) { Token::Keyword(word) } else { Token::Name(word) }
            }
            b'0'..=b'9' | b'.' | b'+' | b'-' => self.number(place)?,
            b => {
                let shown = std::ascii::escape_default(b);
                return Err(place.message(format!("\"{shown}\" stands in no word of the format")));
            }
        };
        Ok((token, place))
    }

    /// Digits, a decimal point, an exponent, and a sign that may stand apart.
    fn number(&mut self, place: Place) -> Result<Token<'a>, String> {
        let mut sign = 1.0;
        let signed = matches!(self.bytes[self.position], b'+' | b'-');
        if signed {
            sign = if self.bytes[self.position] == b'-' { -1.0 } else { 1.0 };
            self.position += 1;
            while matches!(self.bytes.get(self.position), Some(b' ' | b'\t')) {
                self.position += 1;
            }
        }
        let start = self.position;
        let mut before = b'0';
        while let Some(&b) = self.bytes.get(self.position) {
            let exponent_sign = matches!(b, b'+' | b'-') && matches!(before, b'e' | b'E');
            if !(b.is_ascii_alphanumeric() || b == b'.' || b == b'_' || exponent_sign) {
                break;
            }
            before = b;
            self.position += 1;
        }
        let word = std::str::from_utf8(&self.bytes[start..self.position]).unwrap_or_default();
        // The parser of the standard library also takes "inf" and "nan"; a number here begins with a digit or point.
        let digit = word.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'.');
        match word.parse::<f64>() {
            Ok(value) if digit && value.is_finite() => {
                Ok(Token::Number(sign * value, if signed { None } else { word.parse().ok() }))
            }
            _ => Err(place.message(format!("\"{}\" is not a finite number", shorten(word)))),
        }
    }

    fn run(&mut self, belongs: fn(u8) -> bool) -> &'a str {
        let start = self.position;
        while self.bytes.get(self.position).copied().is_some_and(belongs) {
            self.position += 1;
        }
        std::str::from_utf8(&self.bytes[start..self.position]).expect("ASCII bytes")
    }

    fn skip_blanks(&mut self) {
        while let Some(&byte) = self.bytes.get(self.position) {
            match byte {
                b'\n' => {
                    self.position += 1;
                    self.line += 1;
                    self.line_start = self.position;
                }
                b'#' => {
                    while self.bytes.get(self.position).is_some_and(|&b| b != b'\n') {
                        self.position += 1;
                    }
                }
                b' ' | b'\t' | b'\r' | b'\x0c' => self.position += 1,
                _ => return,
            }
        }
    }
}
