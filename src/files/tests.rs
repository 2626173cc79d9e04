use super::*;

#[derive(serde::Serialize)]
struct Row {
    learner: &'static str,
    regret: f64,
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_is_replaced_whole_and_no_temporary_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/data.bin");
    write_atomic(&path, b"a long first version").unwrap();
    write_atomic(&path, b"short").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"short");
    assert_eq!(names(&folder.path().join("a/b")), ["data.bin"]);
}

#[test]
fn a_staged_file_appears_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/lines");
    let mut staged = Staged::new(&path).unwrap();
    staged.write_all(b"one\n").unwrap();
    assert!(!path.exists());
    staged.write_all(b"two\n").unwrap();
    staged.commit().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\n");
    let mut dropped = Staged::new(&path).unwrap();
    dropped.write_all(b"three").unwrap();
    drop(dropped);
    assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\n");
    assert_eq!(names(&folder.path().join("a")), ["lines"]);
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_sockets_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    std::fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    write_atomic(&link, b"new").unwrap();
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&file).unwrap(), b"new");
    // A socket stands for all that is no regular file: a real device must not be at stake in a test.
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for place in [socket.as_path(), folder.path()] {
        let message = write_atomic(place, b"").unwrap_err().to_string();
        assert!(message.contains("no regular file"), "{message}");
    }
}

#[test]
fn reading_stops_at_the_stated_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bytes");
    std::fs::write(&path, b"12345").unwrap();
    assert_eq!(read_at_most(&path, 5).unwrap(), b"12345");
    let message = read_at_most(&path, 4).unwrap_err().to_string();
    assert!(message.ends_with("more than 4 bytes"), "{message}");
    #[cfg(unix)]
    assert!(read_at_most("/dev/zero", 1000).is_err());
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_a_normally_created_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
    write_atomic(&ours, b"x").unwrap();
    std::fs::write(&plain, b"x").unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(ours), mode(plain));
}

#[test]
fn csv_has_a_header_and_shortest_floats() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let rows =
        [Row { learner: "hedge, tuned", regret: 0.1 }, Row { learner: "ftrl", regret: -2e-9 }];
    let text = String::from_utf8(csv_bytes(&path, &rows).unwrap()).unwrap();
    assert_eq!(text, "learner,regret\n\"hedge, tuned\",0.1\nftrl,-2e-9\n");
}

#[test]
fn a_refused_target_names_the_path_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let error = write_atomic(file.join("below.csv"), b"y").unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
    assert!(probe(&file.join("out")).is_err());
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn writing_together_is_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    std::fs::create_dir_all(out.join("taken")).unwrap();
    let files: [(&str, &[u8]); 3] = [("one", b"1"), ("sub/two", b"2"), ("taken", b"3")];
    assert!(write_together(&out, files).is_err());
    assert_eq!(names(&out), ["taken"]);
    write_together(&out, files[..2].iter().copied()).unwrap();
    assert_eq!(std::fs::read(out.join("sub/two")).unwrap(), b"2");
}

#[test]
fn probing_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    probe(&folder.path().join("x/y/z")).unwrap();
    assert!(names(folder.path()).is_empty());
}
