//! Lines of a text of any length, one at a time and none longer than stated.

use std::io::{self, BufRead, Read};

/// Reads lines from a stream in constant memory.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    most: usize,
    number: u64,
    line: Vec<u8>,
    /// Whether the rest of the last line is still to be skipped.
    unfinished: bool,
}

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// All its bytes.
    Whole(&'a [u8]),
    /// It has more bytes than stated.
    TooLong,
}

impl<R: BufRead> Lines<R> {
    /// Lines of at most `most` bytes each.
    pub fn new(reader: R, most: usize) -> Self {
        Self { reader, most, number: 0, line: Vec::new(), unfinished: false }
    }

    /// The next line; `None` at the end of the text. The last line needs no end.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(&mut self) -> io::Result<Option<Line<'_>>> {
        if std::mem::take(&mut self.unfinished) {
            self.skip()?;
        }
        self.line.clear();
        // Room for the line and its end.
        let room = self.most as u64 + 2;
        if self.reader.by_ref().take(room).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let ended = self.line.pop_if(|byte| *byte == b'\n').is_some();
        self.line.pop_if(|byte| *byte == b'\r');
        if self.line.len() <= self.most {
            return Ok(Some(Line::Whole(&self.line)));
        }
        // Skipped when the next line is asked for: an endless one is refused at once.
        self.unfinished = !ended;
        Ok(Some(Line::TooLong))
    }

    /// Skips the rest of a line.
    fn skip(&mut self) -> io::Result<()> {
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() || used == 0 {
                return Ok(());
            }
        }
    }

    /// The line read last; `None` if it was too long.
    pub fn last(&self) -> Option<&[u8]> {
        (self.line.len() <= self.most).then_some(self.line.as_slice())
    }

    /// Number of the line read last, from 1; 0 before the first.
    pub fn number(&self) -> u64 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All lines; those too long as `None`.
    fn all(text: &str, most: usize, buffer: usize) -> Vec<Option<String>> {
        let mut lines = Lines::new(io::BufReader::with_capacity(buffer, text.as_bytes()), most);
        let mut all = Vec::new();
        while let Some(line) = lines.read().unwrap() {
            all.push(match line {
                Line::Whole(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
                Line::TooLong => None,
            });
        }
        assert_eq!(lines.number(), all.len() as u64);
        all
    }

    #[test]
    fn lines_come_whole_or_not_at_all() {
        let some = |text: &str| Some(text.to_owned());
        for buffer in [1, 3, 100] {
            let text = "abcd\n\nabcde\nabcd\r\nabcdefgh\nab";
            let expected = [some("abcd"), some(""), None, some("abcd"), None, some("ab")];
            assert_eq!(all(text, 4, buffer), expected, "buffer {buffer}");
            assert_eq!(all("abcdefgh", 4, buffer), [None]);
            assert_eq!(all("", 4, buffer), []);
        }
    }
}
