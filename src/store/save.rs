//! Writing a file so that it is either whole or untouched: into a temporary neighbor first, which takes its place
//! only when everything is on the disk.
//!
//! Invariant: whoever ends the program while others still write calls [`give_up_unfinished`] first.

use std::fmt::{self, Display, Formatter};
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{Builder, NamedTempFile};

use crate::export::ExportError;
use crate::lang::{Lang, Text};

/// Why nothing was saved. What stood at `path` before is as it was.
#[derive(Debug)]
pub struct SaveError {
    pub path: PathBuf,
    pub cause: SaveCause,
}

#[derive(Debug)]
pub enum SaveCause {
    /// The path names nothing, or no file can have it.
    NoFileName,
    IsFolder,
    /// A device, a pipe: it has no place that a whole file could take.
    NotAFile,
    WriteProtected,
    NoFolder,
    DiskFull,
    NotAllowed,
    ReadOnlyDisk,
    /// What was to be written could not be made.
    Export(ExportError),
    Other(io::Error),
}

/// Writes the file at `path` anew, by what `write` puts into it.
///
/// # Errors
/// [`SaveError`] with the cause and its remedy; then nothing new is left behind.
pub fn save_bytes_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), ExportError>,
) -> Result<(), SaveError> {
    let failed = |cause| SaveError { path: path.to_owned(), cause };
    let target = behind_links(path);
    let old = check_target(&target).map_err(failed)?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let saved = (|| {
        // Dropped after the file: until that is removed, it is to be given up.
        let (_unfinished, mut file) = temporary(folder)?;
        if let Some(old) = old {
            file.as_file().set_permissions(old.permissions())?;
        }
        let mut buffer = BufWriter::new(&mut file);
        write(&mut buffer)?;
        buffer.flush()?;
        drop(buffer);
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        sync_folder(folder);
        Ok(())
    })();
    saved.map_err(|error| failed(SaveCause::of(error)))
}

/// Removes every file that is not whole yet, and lets no other be begun: the program ends here.
pub fn give_up_unfinished() {
    let mut unfinished = unfinished();
    unfinished.given_up = true;
    for path in unfinished.paths.drain(..) {
        // It may just have become whole, or be gone already.
        drop(fs::remove_file(path));
    }
}

/// A link stays a link: what it points to is replaced, or made where it points to nothing yet.
fn behind_links(path: &Path) -> PathBuf {
    // More than any system follows.
    const LINKS_MAX: u32 = 64;
    let mut target = path.to_owned();
    for _ in 0..LINKS_MAX {
        if let Ok(real) = fs::canonicalize(&target) {
            return real;
        }
        let Ok(next) = fs::read_link(&target) else { break };
        target = target.parent().map_or_else(|| next.clone(), |folder| folder.join(&next));
    }
    target
}

/// What stands at `target` now, if anything, when it may be replaced.
fn check_target(target: &Path) -> Result<Option<fs::Metadata>, SaveCause> {
    if target.file_name().is_none() {
        return Err(if target.is_dir() { SaveCause::IsFolder } else { SaveCause::NoFileName });
    }
    match fs::metadata(target) {
        Ok(old) if old.is_dir() => Err(SaveCause::IsFolder),
        Ok(old) if !old.is_file() => Err(SaveCause::NotAFile),
        // Replacing needs leave of the folder only, but who protects a file means it.
        Ok(old) if old.permissions().readonly() => Err(SaveCause::WriteProtected),
        Ok(old) => Ok(Some(old)),
        Err(_) => Ok(None),
    }
}

/// Files that are being written, by the names that they have until they are whole.
static UNFINISHED: Mutex<Unfinished> = Mutex::new(Unfinished { paths: Vec::new(), given_up: false });

struct Unfinished {
    paths: Vec<PathBuf>,
    given_up: bool,
}

fn unfinished() -> MutexGuard<'static, Unfinished> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While it lives, the file is unfinished.
struct Listed(PathBuf);

impl Drop for Listed {
    fn drop(&mut self) {
        unfinished().paths.retain(|path| *path != self.0);
    }
}

fn temporary(folder: &Path) -> io::Result<(Listed, NamedTempFile)> {
    let mut builder = Builder::new();
    builder.prefix(".tasklane-").suffix(".part");
    #[cfg(unix)]
    {
        // As any new file: what the umask leaves of it.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // Held meanwhile: nobody gives up between the making and the listing.
    let mut unfinished = unfinished();
    if unfinished.given_up {
        return Err(io::Error::other("the program is ending"));
    }
    let file = builder.tempfile_in(folder)?;
    unfinished.paths.push(file.path().to_owned());
    Ok((Listed(file.path().to_owned()), file))
}

/// After a power cut the new name should be there too. Not every file system can promise that; the file is whole anyway.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        drop(folder.sync_all());
    }
}

impl SaveCause {
    fn of(error: ExportError) -> Self {
        let ExportError::Io(error) = error else { return SaveCause::Export(error) };
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => SaveCause::NoFolder,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => SaveCause::DiskFull,
            ErrorKind::PermissionDenied => SaveCause::NotAllowed,
            ErrorKind::ReadOnlyFilesystem => SaveCause::ReadOnlyDisk,
            ErrorKind::IsADirectory => SaveCause::IsFolder,
            ErrorKind::InvalidFilename => SaveCause::NoFileName,
            _ => SaveCause::Other(error),
        }
    }

    fn message(&self, lang: Lang) -> String {
        let text = match self {
            SaveCause::NoFileName => Text::new(
                "no file can have this name: choose another",
                "nenhum arquivo pode ter este nome: escolha outro",
            ),
            SaveCause::IsFolder => {
                Text::new("this is a folder: add a file name", "isto é uma pasta: acrescente um nome de arquivo")
            }
            SaveCause::NotAFile => Text::new(
                "this is a device or a pipe, not a file: choose another name",
                "isto é um dispositivo ou um pipe, não um arquivo: escolha outro nome",
            ),
            SaveCause::WriteProtected => Text::new(
                "the file is write-protected: remove the protection or choose another name",
                "o arquivo está protegido contra gravação: remova a proteção ou escolha outro nome",
            ),
            SaveCause::NoFolder => Text::new(
                "the folder does not exist: create it or choose another",
                "a pasta não existe: crie-a ou escolha outra",
            ),
            SaveCause::DiskFull => Text::new(
                "the disk is full: free some space or choose another disk",
                "o disco está cheio: libere espaço ou escolha outro disco",
            ),
            SaveCause::NotAllowed => Text::new(
                "you may not write there: choose another folder or change its permissions",
                "você não pode gravar aí: escolha outra pasta ou mude as permissões dela",
            ),
            SaveCause::ReadOnlyDisk => {
                Text::new("the disk is read-only: choose another", "o disco é somente leitura: escolha outro")
            }
            SaveCause::Export(error) => return error.message(lang),
            SaveCause::Other(error) => return error.to_string(),
        };
        text.get(lang).to_owned()
    }
}

impl SaveError {
    /// Path, cause and remedy in one line.
    pub fn message(&self, lang: Lang) -> String {
        const NOT_SAVED: Text = Text::new("{} was not saved: {}", "{} não foi salvo: {}");
        NOT_SAVED.fill(lang, &[&self.path.display(), &self.cause.message(lang)])
    }
}

impl Display for SaveError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for SaveError {}
