//! report.html: all figures with captions, commands and claims as one page that needs no other file and no network.

use std::fmt::Write;
use std::path::Path;

use super::run::{MAX_BYTES, Record};
use super::{Claim, Page, Preset, progress::clock, table::number};
use crate::files::read_at_most;
use crate::{Error, Result};

const STYLE: &str = include_str!("style.css");

/// The page, from the runs below `figures`, in the order of `pages`. Experiments without a run are named as such.
///
/// # Errors
/// A run that lacks a file or holds something else than it should.
pub fn report(pages: &[&'static Page], figures: &Path) -> Result<String> {
    let sections = pages
        .iter()
        .map(|&page| Section::read(page, &figures.join(page.name)))
        .collect::<Result<Vec<_>>>()?;
    let mut html = String::new();
    write_page(&mut html, &sections)
        .map_err(|_| Error::content(figures, "no room for the report"))?;
    Ok(html)
}

/// An experiment and its run, if there is one.
struct Section {
    page: &'static Page,
    run: Option<Record>,
    /// Captions, and SVG files in the order of the page.
    figures: Vec<(&'static str, Svg)>,
}

/// An SVG file.
struct Svg {
    text: String,
    /// Natural width in pixels.
    width: f64,
}

impl Section {
    fn read(page: &'static Page, folder: &Path) -> Result<Self> {
        if !folder.join("summary.json").is_file() {
            return Ok(Self { page, run: None, figures: Vec::new() });
        }
        let figures = page.figures.iter().map(|(name, caption)| {
            let svg = Svg::read(&folder.join(format!("{name}.svg")))?;
            Ok((*caption, svg))
        });
        let figures = figures.collect::<Result<_>>()?;
        Ok(Self { page, run: Some(Record::read(folder)?), figures })
    }

    fn claims(&self) -> &[Claim] {
        self.run.as_ref().map_or(&[], |run| &run.summary.claims)
    }

    fn holding(&self) -> usize {
        self.claims().iter().filter(|claim| claim.holds).count()
    }
}

impl Svg {
    fn read(path: &Path) -> Result<Self> {
        let odd = || Error::content(path, "expected an SVG file that begins with its width");
        let text = String::from_utf8(read_at_most(path, MAX_BYTES)?).map_err(|_| odd())?;
        let width = text
            .strip_prefix("<svg width=\"")
            .and_then(|rest| rest.split('"').next()?.parse().ok())
            .ok_or_else(odd)?;
        Ok(Self { text, width })
    }
}

fn write_page(html: &mut String, sections: &[Section]) -> std::fmt::Result {
    let quick = sections
        .iter()
        .any(|s| s.run.as_ref().is_some_and(|run| run.summary.preset != Preset::Full.name()));
    let claims: usize = sections.iter().map(|s| s.claims().len()).sum();
    let holding: usize = sections.iter().map(Section::holding).sum();
    let ran = sections.iter().filter(|s| s.run.is_some()).count();
    let each = |run: &Record| run.summary.wall_seconds * run.config.threads as f64;
    let seconds: f64 = sections.iter().flat_map(|s| &s.run).map(each).sum();
    write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>lowregret: report</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>lowregret: what is and what is not reproduced</h1>\n\
         <p>{ran} of {} experiments, {claims} claims: <span class=\"holds\">{holding} hold</span>, \
         <span class=\"fails\">{} do not</span>. A claim is a statement with the number that decides it and what that \
         number has to be; what does not hold is shown all the same.</p>\n",
        sections.len(),
        claims - holding,
    )?;
    if quick {
        html.push_str(
            "<p class=\"fails\">Runs of the preset \"quick\" are among these: they show that everything works, their \
             claims are not meant to hold.</p>\n",
        );
    }
    writeln!(
        html,
        "<p class=\"soft\">All of it is made again by <code>lowregret reproduce</code> ({} of processor time here). \
         Written by lowregret {}; do not edit.</p>\n</header>\n<nav aria-label=\"Experiments\">\n<table>\n\
         <thead><tr><th scope=\"col\">Question</th><th scope=\"col\">Claims that hold</th></tr></thead>\n<tbody>",
        clock(seconds),
        env!("CARGO_PKG_VERSION"),
    )?;
    for section in sections {
        let count = match section.run {
            Some(_) => format!("{} of {}", section.holding(), section.claims().len()),
            None => "not run".to_owned(),
        };
        let (name, question) = (section.page.name, escaped(section.page.question));
        writeln!(
            html,
            "<tr><td><a href=\"#{name}\">{question}</a></td><td class=\"number\">{count}</td></tr>"
        )?;
    }
    html.push_str("</tbody>\n</table>\n</nav>\n<main>\n");
    for section in sections {
        write_section(html, section)?;
    }
    html.push_str("</main>\n</body>\n</html>\n");
    Ok(())
}

fn write_section(html: &mut String, section: &Section) -> std::fmt::Result {
    let Page { name, question, about, notes, .. } = section.page;
    writeln!(
        html,
        "<section id=\"{name}\">\n<h2>{}</h2>\n<p>{} <span class=\"soft\">Statements: \
         <a href=\"../paper_notes/{notes}\">paper_notes/{notes}</a></span></p>",
        escaped(question),
        escaped(about),
    )?;
    let Some(Record { config, summary }) = &section.run else {
        return writeln!(
            html,
            "<p>Not run yet:</p>\n<pre><code>lowregret reproduce --only {name}</code></pre>\n</section>"
        );
    };
    for (caption, svg) in &section.figures {
        let caption = escaped(caption);
        // Wider than a small screen, the figure scrolls instead of shrinking beyond reading.
        writeln!(
            html,
            "<figure>\n<div class=\"plate\" tabindex=\"0\" role=\"group\" aria-label=\"Figure, scrolls sideways\">\
             <img alt=\"{caption}\" style=\"max-width:max(100%,{}px)\" src=\"data:image/svg+xml,{}\"></div>\n\
             <figcaption>{caption}</figcaption>\n</figure>",
            (0.75 * svg.width).round(),
            data(&svg.text),
        )?;
    }
    writeln!(
        html,
        "<pre><code>{}</code></pre>\n<p class=\"soft\">Took {} on {}.{}</p>",
        escaped(&config.command()),
        clock(summary.wall_seconds),
        match config.threads {
            1 => "one thread".to_owned(),
            threads => format!("{threads} threads"),
        },
        match &config.machine {
            Some(machine) => format!(
                " The times are of one machine ({}), and differ from run to run.",
                escaped(machine)
            ),
            None => String::new(),
        },
    )?;
    if !summary.claims.is_empty() {
        write_claims(html, section)?;
    }
    html.push_str("</section>\n");
    Ok(())
}

fn write_claims(html: &mut String, section: &Section) -> std::fmt::Result {
    let claims = section.claims();
    // Long tables are folded away.
    let open = if claims.len() <= 16 { " open" } else { "" };
    writeln!(
        html,
        "<details{open}>\n<summary>{} of {} claims hold</summary>\n<table class=\"claims\">\n<thead><tr>\
         <th scope=\"col\">Verdict</th><th scope=\"col\">Claim</th><th scope=\"col\">Value</th>\
         <th scope=\"col\">Target</th></tr></thead>\n<tbody>",
        section.holding(),
        claims.len(),
    )?;
    for claim in claims {
        let (class, verdict) =
            if claim.holds { ("holds", "holds") } else { ("fails", "does not hold") };
        writeln!(
            html,
            "<tr><td class=\"{class}\">{verdict}</td><td>{}<span class=\"id\">{}</span></td>\
             <td class=\"number\" data-name=\"value\">{}</td><td data-name=\"target\">{}</td></tr>",
            escaped(&claim.statement),
            escaped(&claim.id),
            number(claim.value),
            escaped(&claim.target),
        )?;
    }
    html.push_str("</tbody>\n</table>\n</details>\n");
    Ok(())
}

/// Text as HTML shows it, also inside of quoted attributes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The content of a data URL, inside of a quoted attribute.
fn data(svg: &str) -> String {
    let mut url = String::with_capacity(svg.len() + svg.len() / 4);
    for character in svg.chars() {
        match character {
            '%' => url.push_str("%25"),
            '#' => url.push_str("%23"),
            '"' => url.push_str("%22"),
            '&' => url.push_str("%26"),
            '<' => url.push_str("%3C"),
            '>' => url.push_str("%3E"),
            // Line breaks and tabs would be dropped; between attributes a space is as good.
            '\n' | '\r' | '\t' => url.push(' '),
            other => url.push(other),
        }
    }
    url
}

#[cfg(test)]
mod tests;
