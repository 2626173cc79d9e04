//! Files: written atomically, so that a reader sees the old file or the whole new one, never a part; read up to a stated
//! size.

use crate::{Error, Result};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How the names of temporary files begin.
const UNFINISHED: &str = ".writing-";

/// Writes `bytes` to `path` atomically, creating the parent folder when it is missing.
///
/// # Errors
/// [`Error::File`] when the folder cannot be created or the file cannot be written; an older file then stays as it was.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    persist(stage(path, bytes)?, path)
}

/// The bytes of the file at `path`, which may have at most `most` of them; endless devices and pipes are no danger.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Content`] for one that is longer.
pub fn read_at_most(path: impl AsRef<Path>, most: u64) -> Result<Vec<u8>> {
    let path = path.as_ref();
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(Error::file(path, "read"))?;
    if bytes.len() as u64 > most {
        return Err(Error::content(path, format!("more than {most} bytes")));
    }
    Ok(bytes)
}

/// A file that is being written piece by piece beside its target, which stays as it is until [`Staged::commit`].
#[derive(Debug)]
pub struct Staged {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl Staged {
    /// Begins a file for `path`, creating the parent folder when it is missing.
    ///
    /// # Errors
    /// [`Error::File`] when the folder cannot be created or nothing can be written in it.
    pub fn new(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        Ok(Self { file: BufWriter::new(begin(&path)?), path })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be written; an older file then stays as it was.
    pub fn commit(self) -> Result<()> {
        let Self { file, path } = self;
        let file = file
            .into_inner()
            .map_err(|refused| Error::file(&path, "write")(refused.into_error()))?;
        file.as_file().sync_all().map_err(Error::file(&path, "write"))?;
        persist(file, &path)
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// `rows` as CSV with a header named after the fields of `R`; no rows give an empty file. Floats are printed in their
/// shortest exact form, so equal rows give equal bytes. `path` only names the file in errors.
pub(crate) fn csv_bytes<R: serde::Serialize>(path: &Path, rows: &[R]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (index, row) in rows.iter().enumerate() {
        writer.serialize(row).map_err(|reason| {
            Error::content(path, format!("row {} has no CSV form: {reason}", index + 1))
        })?;
    }
    writer
        .into_inner()
        .map_err(|reason| Error::content(path, format!("the rows have no CSV form: {reason}")))
}

/// `value` as indented JSON with a final newline; NaN and infinities become `null`. `path` only names the file in errors.
pub(crate) fn json_bytes<T: serde::Serialize + ?Sized>(path: &Path, value: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|reason| Error::content(path, format!("no JSON form: {reason}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Writes all files below `folder`, or none when one of them cannot be staged.
///
/// Every file is first written in full beside its target; only then are they renamed, in order.
pub(crate) fn write_together<'a>(
    folder: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<()> {
    let mut created = Vec::new();
    let mut staged = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        created.extend(missing_folders(parent_of(&path)));
        match stage(&path, bytes) {
            Ok(file) => staged.push((file, path)),
            Err(error) => {
                drop(staged);
                remove_empty(&created);
                return Err(error);
            }
        }
    }
    staged.into_iter().try_for_each(|(file, path)| persist(file, &path))
}

/// Checks that files can be created in `folder`, creating it for the moment of the check when it is missing; nothing stays.
pub(crate) fn probe(folder: &Path) -> Result<()> {
    let created = missing_folders(folder);
    let outcome = std::fs::create_dir_all(folder)
        .map_err(Error::file(folder, "create the folder"))
        .and_then(|()| {
            NamedTempFile::new_in(folder)
                .and_then(NamedTempFile::close)
                .map_err(Error::file(folder, "write into the folder"))
        });
    remove_empty(&created);
    outcome
}

/// Removes the temporary files that a killed process has left in `folder`, which need not exist.
pub(crate) fn remove_unfinished(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(Error::file(folder, "read"))? {
        let entry = entry.map_err(Error::file(folder, "read"))?;
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if unfinished && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            std::fs::remove_file(entry.path()).map_err(Error::file(entry.path(), "remove"))?;
        }
    }
    Ok(())
}

fn stage(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file = begin(path)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(Error::file(path, "write"))?;
    Ok(file)
}

/// An empty temporary file beside `path`.
fn begin(path: &Path) -> Result<NamedTempFile> {
    let folder = parent_of(path);
    std::fs::create_dir_all(folder).map_err(Error::file(folder, "create the folder"))?;
    if path.is_dir() {
        let reason = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        return Err(Error::file(path, "write")(reason));
    }
    new_temporary(folder).map_err(Error::file(path, "write"))
}

fn persist(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path).map(drop).map_err(|refused| Error::file(path, "write")(refused.error))
}

/// A temporary file with the permissions of a normal one (the umask applies).
fn new_temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666))
    };
    builder.prefix(UNFINISHED).tempfile_in(folder)
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The folders of `folder`'s chain that do not exist yet, deepest first.
fn missing_folders(folder: &Path) -> Vec<PathBuf> {
    folder
        .ancestors()
        .take_while(|step| !step.as_os_str().is_empty() && !step.exists())
        .map(Path::to_owned)
        .collect()
}

/// Removes those of `folders` that are empty; a folder that somebody else filled meanwhile stays.
fn remove_empty(folders: &[PathBuf]) {
    let mut deepest_first: Vec<_> = folders.iter().collect();
    deepest_first.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    for folder in deepest_first {
        let _ = std::fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
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
}
