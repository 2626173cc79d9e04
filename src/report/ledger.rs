//! The ledger of claims: what was claimed, whether it was reproduced, by which experiment and test, with which number.

use std::path::Path;

use serde::Deserialize;

use super::{Claim, Summary, run::read_json, table::number};
use crate::{Error, Result};

/// A hand-written line of the ledger: what a claim id stands for.
#[derive(Clone, Debug, Deserialize)]
struct Entry {
    /// Id, or the beginning of several ids up to a `/`.
    id: String,
    claim: String,
    provenance: String,
    test: String,
}

/// The ledger as Markdown, from the hand-written entries (the bytes of a CSV file: id, claim, provenance, test; `name` only
/// names it in errors) and the summary.json of every experiment below `figures`.
///
/// # Errors
/// A file that cannot be read or does not hold what it should; a run that was not full; a claim of an experiment that no entry covers.
pub fn ledger(name: &Path, entries: &[u8], figures: &Path) -> Result<String> {
    let parsed: std::result::Result<Vec<Entry>, _> =
        csv::Reader::from_reader(entries).deserialize().collect();
    let parsed = parsed.map_err(|reason| Error::content(name, reason.to_string()))?;
    write_ledger(&parsed, &summaries(figures)?).map_err(|message| Error::content(name, message))
}

/// The summaries below `figures`, in order of their folders' names.
fn summaries(figures: &Path) -> Result<Vec<Summary>> {
    let folder = std::fs::read_dir(figures).map_err(Error::file(figures, "read"))?;
    let mut paths: Vec<_> = folder
        .filter_map(|entry| Some(entry.ok()?.path().join("summary.json")))
        .filter(|p| p.is_file())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let summary: Summary = read_json(path)?;
            if summary.preset != "full" {
                let message =
                    format!("preset \"{}\": the ledger takes full runs only", summary.preset);
                return Err(Error::content(path, message));
            }
            Ok(summary)
        })
        .collect()
}

fn write_ledger(entries: &[Entry], summaries: &[Summary]) -> std::result::Result<String, String> {
    let covers = |entry: &Entry, claim: &Claim| {
        claim.id == entry.id
            || claim.id.strip_prefix(&entry.id).is_some_and(|rest| rest.starts_with('/'))
    };
    for claim in summaries.iter().flat_map(|s| &s.claims) {
        if !entries.iter().any(|entry| covers(entry, claim)) {
            return Err(format!("no entry covers the claim \"{}\"", claim.id));
        }
    }
    let mut text = String::from(
        "# Ledger of claims\n\nWritten by `lowregret ledger` from `ledger.csv` and `figures/*/summary.json`; do not edit. \
         The statements behind the ids are in the notes beside it. A number is the worst over training seeds unless its \
         statement in summary.json says otherwise; where there are several (horizons), the first that fails, else the last.\n\n\
         | id | claim | provenance | status | number | target | experiment | test |\n|---|---|---|---|---|---|---|---|\n",
    );
    for entry in entries {
        let found: Vec<(&Summary, &Claim)> = summaries
            .iter()
            .flat_map(|s| s.claims.iter().map(move |claim| (s, claim)))
            .filter(|(_, claim)| covers(entry, claim))
            .collect();
        let holding = found.iter().filter(|(_, claim)| claim.holds).count();
        let status = match (found.len(), holding) {
            (0, _) => "not run".to_owned(),
            (all, held) if all == held => "reproduced".to_owned(),
            (_, 0) => "does not hold".to_owned(),
            (all, held) => format!("partly ({held} of {all})"),
        };
        let shown = found.iter().find(|(_, claim)| !claim.holds).or(found.last());
        let (value, target, experiment) = match shown {
            Some((summary, claim)) => {
                (number(claim.value), claim.target.clone(), summary.experiment.clone())
            }
            None => ("-".to_owned(), "-".to_owned(), "-".to_owned()),
        };
        let cells = [
            &entry.id,
            &entry.claim,
            &entry.provenance,
            &status,
            &value,
            &target,
            &experiment,
            &entry.test,
        ];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(claims: &[(&str, f64, bool)]) -> Summary {
        Summary {
            experiment: "demo".into(),
            seed: 0,
            preset: "full".into(),
            wall_seconds: 1.0,
            results: serde_json::Map::new(),
            claims: claims
                .iter()
                .map(|&(id, value, holds)| Claim {
                    id: id.into(),
                    statement: "s".into(),
                    value,
                    target: "<= 1".into(),
                    holds,
                })
                .collect(),
        }
    }

    fn entry(id: &str) -> Entry {
        Entry { id: id.into(), claim: "c".into(), provenance: "ours".into(), test: "t".into() }
    }

    #[test]
    fn status_counts_what_holds() {
        let claims =
            [("A/T=1", 0.5, true), ("A/T=2", 2.0, false), ("B", 0.1, true), ("AB", 0.0, true)];
        let text =
            write_ledger(&[entry("A"), entry("B"), entry("AB"), entry("C")], &[summary(&claims)])
                .unwrap();
        assert!(text.contains("| A | c | ours | partly (1 of 2) | 2"), "{text}");
        assert!(text.contains("| B | c | ours | reproduced | 0.1"), "{text}");
        assert!(text.contains("| C | c | ours | not run | - |"), "{text}");
    }

    #[test]
    fn quick_runs_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("demo");
        std::fs::create_dir(&place).unwrap();
        for (preset, accepted) in [("full", true), ("quick", false)] {
            let summary = Summary { preset: preset.into(), ..summary(&[("A", 0.5, true)]) };
            let json = serde_json::to_vec(&summary).unwrap();
            std::fs::write(place.join("summary.json"), json).unwrap();
            assert_eq!(summaries(folder.path()).is_ok(), accepted, "{preset}");
        }
    }

    #[test]
    fn a_claim_without_an_entry_is_refused() {
        let message = write_ledger(&[entry("A")], &[summary(&[("B", 0.0, true)])]).unwrap_err();
        assert!(message.contains("\"B\""));
    }
}
