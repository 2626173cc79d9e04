//! What the body hands over, kept in memory until the end of a run that succeeds.

use super::{Experiment, answer};
use crate::report::{Claim, Figure, Summary, Table, machine::machine, progress, table};
use crate::{Error, Result, files};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::{Component, Path};

impl Experiment {
    /// Records a claim: its id, the statement, the number that decides it, what that has to be, and whether it is.
    pub fn claim(
        &mut self,
        id: impl Into<String>,
        statement: impl Into<String>,
        value: f64,
        target: impl Into<String>,
        holds: bool,
    ) {
        self.claims.push(Claim {
            id: id.into(),
            statement: statement.into(),
            value,
            target: target.into(),
            holds,
        });
    }

    /// Records a headline number, or anything else with a JSON form, for summary.json.
    ///
    /// # Errors
    /// [`Error::Content`] when the value has no JSON form (a map whose keys are not texts, say).
    pub fn result(&mut self, key: &str, value: impl Serialize) -> Result<()> {
        let value = self.json_value("summary.json", key, value)?;
        self.results.insert(key.to_owned(), value);
        Ok(())
    }

    /// Records a resolved setting of the experiment for config.json.
    ///
    /// # Errors
    /// As for [`Experiment::result`].
    pub fn config(&mut self, key: &str, value: impl Serialize) -> Result<()> {
        let value = self.json_value("config.json", key, value)?;
        self.config.insert(key.to_owned(), value);
        Ok(())
    }

    fn json_value(&self, file: &str, key: &str, value: impl Serialize) -> Result<Value> {
        serde_json::to_value(value).map_err(|reason| self.no_json(file, key, &reason))
    }

    fn no_json(&self, file: &str, key: &str, reason: &serde_json::Error) -> Error {
        let message = format!("\"{key}\" has no JSON form: {reason}");
        Error::content(self.out.join(file), message)
    }

    /// Keeps a file for the end of the run; `name` is relative to the output folder, with `/` between folders. A second
    /// file of the same name replaces the first.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `name` would lead out of the folder or is taken by the harness.
    pub fn file(&mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Result<()> {
        let plain = |part: Component| matches!(part, Component::Normal(_));
        let taken = ["config.json", "summary.json"].contains(&name);
        if name.is_empty() || taken || !Path::new(name).components().all(plain) {
            let expected =
                "a relative path inside the output folder, not config.json or summary.json";
            return Err(Error::parameter("file name", name, expected));
        }
        self.files.insert(name.to_owned(), bytes.into());
        Ok(())
    }

    /// Keeps `name.csv` with a header named after the fields of `R`, one row an element.
    ///
    /// # Errors
    /// [`Error::Content`] when a row has no CSV form; and as for [`Experiment::file`].
    pub fn csv<R: Serialize>(&mut self, name: &str, rows: &[R]) -> Result<()> {
        let name = with_extension(name, "csv");
        self.file(&name, files::csv_bytes(&self.out.join(&name), rows)?)
    }

    /// Keeps `name.svg` and `name.png`.
    ///
    /// # Errors
    /// A name without a caption in the page; as for [`Figure::render`] and [`Experiment::file`].
    pub fn figure(&mut self, name: &str, figure: &Figure) -> Result<()> {
        if !self.page.shows(name) {
            let expected = "a figure with a caption in the page's list";
            return Err(Error::parameter("figure", name, expected));
        }
        let (svg, png) = figure.render()?;
        self.file(&format!("{name}.svg"), svg)?;
        self.file(&format!("{name}.png"), png)
    }

    /// Writes everything and prints the claims.
    pub(super) fn finish(mut self) -> Result<()> {
        let mut config = json!({
            "experiment": self.page.name,
            "version": env!("CARGO_PKG_VERSION"),
            "seed": self.common.seed,
            "seeds": self.common.seeds,
            "preset": self.common.preset.name(),
            "threads": self.threads,
            "quiet": self.common.quiet,
            "out": self.out.to_string_lossy(),
            "arguments": std::mem::take(&mut self.given),
            "settings": std::mem::take(&mut self.config),
        });
        if self.page.timed {
            config["machine"] = machine().into();
        }
        let summary = Summary {
            experiment: self.page.name.to_owned(),
            seed: self.common.seed,
            preset: self.common.preset.name().to_owned(),
            wall_seconds: (self.started.elapsed().as_secs_f64() * 1e3).round() / 1e3,
            results: std::mem::take(&mut self.results),
            claims: std::mem::take(&mut self.claims),
        };
        let last = [
            ("config.json", files::json_bytes(Path::new("config.json"), &config)?),
            ("summary.json", files::json_bytes(Path::new("summary.json"), &summary)?),
        ];
        let own = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let all = own.chain(last.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
        files::write_together(&self.out, all)?;
        self.print_claims(&summary);
        if self.common.json {
            let line = self.json_value("summary.json", "summary", &summary)?;
            answer(&format!("{line}\n"));
        }
        Ok(())
    }

    fn print_claims(&self, summary: &Summary) {
        if !summary.claims.is_empty() {
            let mut claims = Table::new(&["", "claim", "statement", "value", "target"]);
            for claim in &summary.claims {
                let verdict = if claim.holds { "holds" } else { "DOES NOT HOLD" };
                let value = table::number(claim.value);
                claims.push(vec![verdict, &claim.id, &claim.statement, &value, &claim.target]);
            }
            self.print(&claims);
        }
        let time = progress::clock(summary.wall_seconds);
        let count = self.files.len() + 2;
        self.note(&format!("{count} files in {} after {time}", self.out.display()));
    }
}

/// `name` with the extension, unless it has it already.
fn with_extension(name: &str, extension: &str) -> String {
    let suffix = format!(".{extension}");
    if name.ends_with(&suffix) { name.to_owned() } else { name.to_owned() + &suffix }
}
