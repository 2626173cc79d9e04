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
    let path = resolved(path.as_ref());
    persist(stage(&path, bytes)?, &path)
}

/// Adds `bytes` to the end of a file that is there; on a full disk it is left as it was.
pub(crate) fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    let refusal = || Error::file(path, "write");
    let mut file = std::fs::OpenOptions::new().append(true).open(path).map_err(refusal())?;
    let length = file.metadata().map_err(refusal())?.len();
    file.write_all(bytes).and_then(|()| file.sync_data()).map_err(|reason| {
        let _ = file.set_len(length);
        refusal()(reason)
    })
}

/// The [`checksum`] of nothing.
pub const CHECKSUM: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a (Fowler, Noll and Vo) of `bytes` behind those that gave `before`: notices what differs by chance, not by intent.
#[must_use]
pub fn checksum(before: u64, bytes: &[u8]) -> u64 {
    let feed = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(before, feed)
}

/// The bytes of the file at `path`, which may have at most `most` of them; endless devices and pipes are no danger.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Content`] for one that is longer.
pub fn read_at_most(path: impl AsRef<Path>, most: u64) -> Result<Vec<u8>> {
    let path = path.as_ref();
    let file = std::fs::File::open(path).map_err(Error::file(path, "read"))?;
    read_all(file, path, most)
}

/// All bytes of `reader`, which may have at most `most` of them; `path` only names it in errors.
///
/// # Errors
/// Those of [`read_at_most`].
pub(crate) fn read_all(reader: impl Read, path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
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
        let path = resolved(path.as_ref());
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
///
/// # Errors
/// A row that has no CSV form.
pub fn csv_bytes<R: serde::Serialize>(path: &Path, rows: &[R]) -> Result<Vec<u8>> {
    csv_rows(path, rows.len(), &mut |writer, index| writer.serialize(&rows[index]))
}

type CsvRows = csv::Writer<Vec<u8>>;

/// [`csv_bytes`] of `count` rows, each written by `write`; compiled once for all types of rows.
fn csv_rows(
    path: &Path,
    count: usize,
    write: &mut dyn FnMut(&mut CsvRows, usize) -> csv::Result<()>,
) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for index in 0..count {
        write(&mut writer, index).map_err(|reason| {
            Error::content(path, format!("row {} has no CSV form: {reason}", index + 1))
        })?;
    }
    writer
        .into_inner()
        .map_err(|reason| Error::content(path, format!("the rows have no CSV form: {reason}")))
}

/// `value` as indented JSON with a final newline; NaN and infinities become `null`. `path` only names the file in errors.
///
/// # Errors
/// A value without a JSON form.
pub fn json_bytes<T: serde::Serialize + ?Sized>(path: &Path, value: &T) -> Result<Vec<u8>> {
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
        let path = resolved(&folder.join(name));
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

/// Where a link leads, so that the file is replaced and the link stays.
fn resolved(path: &Path) -> PathBuf {
    match std::fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => {
            std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
        }
        _ => path.to_owned(),
    }
}

fn stage(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file = begin(path)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(Error::file(path, "write"))?;
    Ok(file)
}

/// An empty temporary file beside `path`, which must not name a folder or a device: those are not ours to replace.
fn begin(path: &Path) -> Result<NamedTempFile> {
    let folder = parent_of(path);
    std::fs::create_dir_all(folder).map_err(Error::file(folder, "create the folder"))?;
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        let reason = std::io::Error::other("it is there and no regular file");
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
mod tests;
