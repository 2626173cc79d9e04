use super::*;
use crate::train::checkpoint::Scored;
use crate::train::checkpoint::tests::checkpoint;

const PARAMETERS: usize = 7;

#[test]
fn the_newest_and_the_best_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().join("checkpoints"), 2);
    assert!(folder.list().unwrap().is_empty());
    for completed in [10, 20, 30, 40, 1_234_567] {
        let best = Some(Scored { completed: completed.min(20), score: 0.0 });
        folder.write(&Checkpoint { best, ..checkpoint(completed) }).unwrap();
    }
    assert_eq!(folder.list().unwrap(), [20, 40, 1_234_567]);
    // Another best: the old one goes.
    let best = Some(Scored { completed: 40, score: -1.0 });
    folder.write(&Checkpoint { best, ..checkpoint(2_000_000) }).unwrap();
    assert_eq!(folder.list().unwrap(), [40, 1_234_567, 2_000_000]);
    let newest = folder.newest::<f32>(PARAMETERS, |_| None, |_| panic!()).unwrap().unwrap();
    assert_eq!(newest.completed, 2_000_000);
}

#[test]
fn what_cannot_be_read_is_skipped_with_a_notice() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path(), 9);
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.path().join(name), bytes).unwrap();
    let whole = folder.write(&checkpoint(10)).unwrap();
    let whole = std::fs::read(whole).unwrap();
    for name in ["5.safetensors", "+00050.safetensors", "000050.csv", "notes.txt"] {
        write(name, b"");
    }
    assert_eq!(folder.list().unwrap(), [10]);
    write("000020.safetensors", &whole[..whole.len() - 1]);
    write("000030.safetensors", &whole);
    std::fs::create_dir(folder.file(40)).unwrap();
    // Sparse: it takes no room, but must not be read.
    let huge = std::fs::File::create(folder.file(50)).unwrap();
    huge.set_len(1 << 40).unwrap();
    let mut notices = Vec::new();
    let newest = newest_of(&folder, &mut notices).unwrap().unwrap();
    assert_eq!(newest, checkpoint(10));
    std::fs::remove_file(folder.file(10)).unwrap();
    let error = newest_of(&folder, &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("none of the checkpoints can be read"), "{error}");
    assert_eq!(notices.len(), 4, "{notices:?}");
    assert!(notices[0].contains("1099511627776 bytes"), "{notices:?}");
    assert!(notices[1].contains("not a file"), "{notices:?}");
    assert!(notices[2].contains("after 10 iterations"), "{notices:?}");
    assert!(notices[3].contains("000020.safetensors"), "{notices:?}");
}

fn newest_of(folder: &Folder, notices: &mut Vec<String>) -> Result<Option<Checkpoint<f32>>> {
    folder.newest(PARAMETERS, |_| None, |text| notices.push(text))
}

#[test]
fn another_recipe_is_no_reason_to_start_anew() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path(), 9);
    folder.write(&checkpoint(10)).unwrap();
    // Of a model of another size, too.
    for parameters in [PARAMETERS, 1] {
        let differs = |recipe: &Value| Some(format!("seed {}", recipe["seed"]));
        let outcome = folder.newest::<f32>(parameters, differs, |_| panic!());
        assert!(outcome.unwrap_err().to_string().ends_with("000010.safetensors: seed 3"));
    }
}

#[test]
fn unfinished_files_are_removed_and_others_stay() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path(), 1);
    for name in [".writing-x1", "writing", "000001.safetensors"] {
        std::fs::write(place.path().join(name), "").unwrap();
    }
    folder.remove_unfinished().unwrap();
    let mut names: Vec<_> =
        std::fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["000001.safetensors", "writing"]);
    Folder::new(place.path().join("absent"), 1).remove_unfinished().unwrap();
}
