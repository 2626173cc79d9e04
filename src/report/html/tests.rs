//! The page as text; what it looks like is for eyes.

use super::*;

static PAGE: Page = Page {
    name: "demo",
    question: "Is 1 < 2?",
    about: "Counts.",
    notes: "demo.md",
    timed: false,
    seeds: 3,
    seconds: 1,
    figures: &[("count", "Count & \"order\".")],
};

static OTHER: Page = Page { name: "other", ..PAGE };

fn demo(folder: &Path, preset: &str, svg: &str) {
    let place = folder.join("demo");
    std::fs::create_dir_all(&place).unwrap();
    let config = serde_json::json!({
        "experiment": "demo", "version": "1", "seed": 0, "seeds": 3, "preset": preset, "threads": 2,
        "arguments": {"table": ["a b.csv"]},
    });
    let claim = |id: &str, holds: bool| serde_json::json!({"id": id, "statement": "<b>bold</b>", "value": 1.5, "target": "> 1", "holds": holds});
    let summary = serde_json::json!({
        "experiment": "demo", "seed": 0, "preset": preset, "wall_seconds": 75.0, "results": {},
        "claims": [claim("A", true), claim("B", false), claim("C", true)],
    });
    std::fs::write(place.join("config.json"), config.to_string()).unwrap();
    std::fs::write(place.join("summary.json"), summary.to_string()).unwrap();
    std::fs::write(place.join("count.svg"), svg).unwrap();
}

#[test]
fn the_page_has_figures_captions_commands_and_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    demo(folder.path(), "full", "<svg width=\"800\" fill=\"#FFF\">\n100 %</svg>");
    let html = report(&[&PAGE, &OTHER], folder.path()).unwrap();
    for part in [
        "Is 1 &lt; 2?",
        "<figcaption>Count &amp; &quot;order&quot;.</figcaption>",
        "alt=\"Count &amp; &quot;order&quot;.\"",
        "src=\"data:image/svg+xml,%3Csvg width=%22800%22 fill=%22%23FFF%22%3E 100 %25%3C/svg%3E\"",
        "max-width:max(100%,600px)",
        "lowregret experiment demo --seeds 3 --table 'a b.csv'",
        "Took 1 min 15 s on 2 threads",
        "2 min 30 s of processor time",
        "1 of 2 experiments, 3 claims",
        "2 hold",
        "1 do not",
        "&lt;b&gt;bold&lt;/b&gt;",
        "does not hold",
        "lowregret reproduce --only other",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!html.contains("quick") && !html.contains("<script"));
    assert!(!html.contains("of one machine"));
    // Nothing is loaded from anywhere.
    assert!(!html.contains("http"), "{html}");
}

#[test]
fn quick_runs_are_marked_and_odd_figures_refused() {
    let folder = tempfile::tempdir().unwrap();
    demo(folder.path(), "quick", "<svg width=\"800\"/>");
    let html = report(&[&PAGE], folder.path()).unwrap();
    assert!(html.contains("not meant to hold") && html.contains("--preset quick"));
    demo(folder.path(), "full", "<html>");
    assert!(report(&[&PAGE], folder.path()).unwrap_err().to_string().contains("count.svg"));
}

#[test]
fn times_are_those_of_a_machine() {
    let folder = tempfile::tempdir().unwrap();
    demo(folder.path(), "full", "<svg width=\"8\"></svg>");
    let path = folder.path().join("demo/config.json");
    let config =
        std::fs::read_to_string(&path).unwrap().replacen('{', r#"{"machine": "A & B","#, 1);
    std::fs::write(path, config).unwrap();
    let html = report(&[&PAGE], folder.path()).unwrap();
    assert!(html.contains("of one machine (A &amp; B)"), "{html}");
}
