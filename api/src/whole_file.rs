//! A file somebody named that appears under its name only when it is whole: written beside it as
//! `NAME.partial`, put on the disk, renamed at the end; written over where a name cannot be given. What stood
//! under the name before stays until then. Devices and pipes are written as the bytes come. Not what stands in
//! a file.

use crate::failure::Failure;
use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::Duration;
use tempfile::{PathPersistError, TempPath};

/// Behind the name of a file that is being written.
const PARTIAL: &str = ".partial";
/// Links followed to the file itself.
const MOST_LINKS: usize = 40;
/// How long a file that another run holds is waited for, and how often it is looked at.
#[cfg(unix)]
const MOST_WAIT: Duration = Duration::from_millis(500);
#[cfg(unix)]
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A file being written. One that is dropped unfinished is removed, unless it is [kept](WholeFile::keep).
pub struct WholeFile {
    /// As it was named, for messages.
    name: PathBuf,
    place: Place,
}

enum Place {
    /// Beside the file it shall become. When dropped, removed before the lock is given up: no other run takes up
    /// what is going.
    Beside { partial: RefCell<TempPath>, file: File, to: PathBuf },
    /// What cannot be renamed over; opened when something is written, as a pipe waits for its reader.
    Stream(Option<File>),
}

/// What a name leads to, links followed.
enum Led {
    /// The file, there or not.
    File(PathBuf),
    /// A device or a pipe.
    Device,
    /// What a process has open (`/dev/stdout`), by the place where the system shows it.
    Open(PathBuf),
}

/// The file that a name leads to; `None`: it is none.
fn leads_to(path: &Path) -> io::Result<Option<PathBuf>> {
    Ok(match led(path)? {
        Led::File(at) => Some(at),
        Led::Device | Led::Open(_) => None,
    })
}

fn led(path: &Path) -> io::Result<Led> {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        let name = at.file_name().ok_or(ErrorKind::IsADirectory)?.to_owned();
        let folder = fs::canonicalize(folder_of(&at))?;
        let place = folder.join(name);
        if place.starts_with("/proc") || place.starts_with("/dev/fd") {
            return Ok(Led::Open(place));
        }
        match fs::symlink_metadata(&place) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Led::File(at)),
            Err(e) => return Err(e),
            Ok(about) if about.is_symlink() => at = folder.join(fs::read_link(&place)?),
            Ok(about) if about.is_file() || about.is_dir() => return Ok(Led::File(at)),
            Ok(_) => return Ok(Led::Device),
        }
    }
    Err(io::Error::other("too many links one behind another"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a file is while it is being written; `None` where it is a device or a pipe.
///
/// Errors: a folder that is not there, or cannot be looked into.
pub fn partial_of(path: &Path) -> Result<Option<PathBuf>, Failure> {
    let to = leads_to(path).map_err(|e| failed(path, &e))?;
    Ok(to.map(|to| beside(&to)))
}

fn beside(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(PARTIAL);
    PathBuf::from(name)
}

/// An error of writing a file.
pub fn failed(name: &Path, error: &io::Error) -> Failure {
    let failure = Failure::from_io(&name.display().to_string(), error);
    match error.kind() {
        // What was finished may be gone; who keeps it says so.
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => failure.hint("free some space and start again"),
        _ => failure,
    }
}

impl WholeFile {
    /// Begins a file. What an earlier run left half written beside it goes.
    ///
    /// Errors: what stands under the name may not be written; the folder may not; another run is writing it.
    pub fn create(name: &Path) -> Result<WholeFile, Failure> {
        let file = WholeFile::hold(name)?;
        file.cut()?;
        Ok(file)
    }

    /// The same, but what an earlier run left stays until it is [cut](WholeFile::cut) or [gone on
    /// with](WholeFile::go_on): a run that is refused after all, over another of its files, takes nothing from it.
    pub fn hold(name: &Path) -> Result<WholeFile, Failure> {
        let failed = |e: io::Error| match e.kind() {
            ErrorKind::IsADirectory => {
                Failure::input(format!("{}: a folder stands where a file is needed", name.display()))
                    .hint("name a file in it")
            }
            _ => failed(name, &e),
        };
        let place = match leads_to(name).map_err(failed)? {
            None => Place::Stream(None),
            Some(to) => {
                // What nobody may write over is not renamed over either.
                let before = match OpenOptions::new().write(true).open(&to) {
                    Ok(file) => Some(file.metadata().map_err(failed)?.permissions()),
                    Err(e) if e.kind() == ErrorKind::NotFound => None,
                    Err(e) => return Err(failed(e)),
                };
                let (file, mut partial) = taken(name, &to)?;
                partial.disable_cleanup(file.metadata().map_err(failed)?.len() > 0);
                if let Some(before) = before {
                    file.set_permissions(before).map_err(failed)?;
                }
                Place::Beside { partial: RefCell::new(partial), file, to }
            }
        };
        Ok(WholeFile { name: name.to_owned(), place })
    }

    /// Begins a file that was [held](WholeFile::hold): what an earlier run left goes.
    pub fn cut(&self) -> Result<(), Failure> {
        let Place::Beside { partial, file, .. } = &self.place else { return Ok(()) };
        let failed = |e: io::Error| failed(&self.name, &e);
        // A file that is cut to nothing is held back by some file systems when it is closed, until it is
        // on its way to the disk: one that is new is not cut.
        if file.metadata().map_err(failed)?.len() > 0 {
            file.set_len(0).map_err(failed)?;
        }
        partial.borrow_mut().disable_cleanup(false);
        Ok(())
    }

    /// Goes on, in a file that was [held](WholeFile::hold), behind the first `safe` bytes of what an interrupted
    /// run has left, and keeps it.
    ///
    /// Errors: fewer bytes than that; a device or a pipe.
    pub fn go_on(&self, safe: u64) -> Result<(), Failure> {
        let failed = |e: io::Error| failed(&self.name, &e);
        let Place::Beside { file, .. } = &self.place else {
            return Err(Failure::input(format!("{}: no file to go on with", self.name.display())));
        };
        if file.metadata().map_err(failed)?.len() < safe {
            return Err(failed(ErrorKind::UnexpectedEof.into()));
        }
        self.keep();
        file.set_len(safe).map_err(failed)?;
        let mut file: &File = file;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(())
    }

    /// From now on what is written stays beside, also when it is never finished: an interrupted run goes on
    /// with it.
    pub fn keep(&self) {
        if let Place::Beside { partial, .. } = &self.place {
            partial.borrow_mut().disable_cleanup(true);
        }
    }

    /// Puts everything written so far on the disk; gives its length, 0 of a device or pipe.
    pub fn settle(&self) -> io::Result<u64> {
        match &self.place {
            Place::Beside { file, .. } => {
                file.sync_data()?;
                Ok(file.metadata()?.len())
            }
            Place::Stream(_) => Ok(0),
        }
    }

    /// The file is whole: puts it on the disk and gives it its name.
    ///
    /// Where the name can be written to but not given (a file mounted on its own, another owner's in a folder
    /// where everybody keeps their own) what stands there is written over.
    ///
    /// Errors: the disk; a name that cannot be had any more, where the whole file stays beside.
    pub fn finish(self) -> Result<(), Failure> {
        self.named(give_name)
    }

    /// The same without waiting for the disk, for what is made again in a moment: only a failure of power soon
    /// after could take from it.
    pub fn finish_unforced(self) -> Result<(), Failure> {
        self.named(|_, partial, to| partial.persist(to).map_err(NotNamed::Whole))
    }

    fn named(
        mut self,
        give_name: impl FnOnce(&File, TempPath, &Path) -> Result<(), NotNamed>,
    ) -> Result<(), Failure> {
        self.flush().map_err(|e| failed(&self.name, &e))?;
        let WholeFile { name, place } = self;
        match place {
            Place::Beside { partial, file, to } => {
                let before = Before::of(&to);
                let named = give_name(&file, partial.into_inner(), &to).or_else(|e| match e {
                    NotNamed::Whole(refused) if only_copied(&refused.error) => copied(refused.path, &to),
                    e => Err(e),
                });
                before.let_go();
                named.map_err(|e| match e {
                    NotNamed::NotWhole(error) => failed(&name, &error),
                    NotNamed::Whole(PathPersistError { error, mut path }) => {
                        path.disable_cleanup(true);
                        let hint = format!("all of it is there as {}: rename it or copy it", path.display());
                        failed(&name, &error).hint(hint)
                    }
                })
            }
            // Also a pipe with nothing to say ends its reader's wait.
            Place::Stream(None) => stream(&name).map(drop).map_err(|e| failed(&name, &e)),
            Place::Stream(Some(_)) => Ok(()),
        }
    }
}

/// Why a file has not got its name.
pub enum NotNamed {
    /// It is not on the disk. It is removed, unless it shall be kept.
    NotWhole(io::Error),
    /// It is whole, and still where it was written.
    Whole(PathPersistError),
}

impl From<NotNamed> for io::Error {
    fn from(error: NotNamed) -> io::Error {
        match error {
            NotNamed::NotWhole(error) => error,
            NotNamed::Whole(error) => error.error,
        }
    }
}

/// Puts a file on the disk, gives it its name, and puts that on the disk where the system knows how.
pub fn give_name(file: &File, partial: TempPath, to: &Path) -> Result<(), NotNamed> {
    file.sync_all().map_err(NotNamed::NotWhole)?;
    partial.persist(to).map_err(NotNamed::Whole)?;
    if let Ok(folder) = File::open(folder_of(to)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// What has the name until a whole file gets it. Held over the renaming: as long as it is open its pages are not
/// freed, which for large results would take as long as writing them.
struct Before(Option<File>);

impl Before {
    fn of(to: &Path) -> Before {
        // Elsewhere what is open has its name for itself. A pipe would have to be waited for.
        let file = cfg!(unix) && fs::symlink_metadata(to).is_ok_and(|about| about.is_file());
        Before(file.then(|| File::open(to).ok()).flatten())
    }

    /// Lets it be freed beside what the run still does.
    fn let_go(self) {
        if let Some(file) = self.0 {
            // Without a thread it is dropped here.
            let _ = std::thread::Builder::new().spawn(move || drop(file));
        }
    }
}

/// Whether a name that was refused may still be written to.
fn only_copied(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ResourceBusy | ErrorKind::CrossesDevices)
}

/// Writes a whole file over what has its name, puts it on the disk and removes the one beside.
fn copied(partial: TempPath, to: &Path) -> Result<(), NotNamed> {
    let copy = || {
        let mut from = File::open(&partial)?;
        // Not created where it is there: that is refused for another owner's in a folder for everybody.
        let open = OpenOptions::new().write(true).truncate(true).open(to);
        let mut into = match open {
            Err(e) if e.kind() == ErrorKind::NotFound => File::create_new(to)?,
            open => open?,
        };
        io::copy(&mut from, &mut into)?;
        into.sync_all()
    };
    match copy() {
        Ok(()) => {
            let left = partial.to_path_buf();
            if let Err(e) = partial.close() {
                eprintln!(
                    "touchstone: {}: not needed any more, but it cannot be removed: {e}",
                    left.display()
                );
            }
            Ok(())
        }
        Err(error) => Err(NotNamed::Whole(PathPersistError { error, path: partial })),
    }
}

/// A whole file at once.
pub fn write(name: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = WholeFile::create(name)?;
    file.write_all(bytes).map_err(|e| failed(name, &e))?;
    file.finish()
}

fn stream(name: &Path) -> io::Result<File> {
    match led(name)? {
        Led::Open(place) => written_on(&place),
        Led::File(_) | Led::Device => OpenOptions::new().write(true).create(true).truncate(true).open(name),
    }
}

/// What a process has open, to be written on behind what it has written there: a file opened anew would be cut,
/// and what both write would stand one over the other.
fn written_on(place: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let own = |folder| fs::canonicalize(folder).is_ok_and(|folder| place.parent() == Some(&folder));
        if own("/proc/self/fd") || own("/dev/fd") {
            match place.file_name().and_then(|number| number.to_str()) {
                Some("1") => return io::stdout().as_fd().try_clone_to_owned().map(File::from),
                Some("2") => return io::stderr().as_fd().try_clone_to_owned().map(File::from),
                // Of the others the standard library makes no second one safely.
                _ => {}
            }
        }
    }
    OpenOptions::new().append(true).open(place)
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.place {
            Place::Beside { file, .. } | Place::Stream(Some(file)) => file.write(bytes),
            Place::Stream(none) => none.insert(stream(&self.name)?).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Beside { file, .. } | Place::Stream(Some(file)) => file.flush(),
            Place::Stream(None) => Ok(()),
        }
    }
}

/// The file beside, held for this run alone as long as it is open; what an earlier run left is taken up.
fn taken(name: &Path, to: &Path) -> Result<(File, TempPath), Failure> {
    let partial = beside(to);
    let about = |e: io::Error| match e.kind() {
        // What another user's run has left in a folder of both; whether it is over is not known of one that
        // cannot be opened.
        ErrorKind::PermissionDenied if fs::symlink_metadata(&partial).is_ok() => failed(&partial, &e).hint(
            "it is there from before, and this user may not write it: when no run is writing it any more, \
             remove it",
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => failed(&partial, &e).hint(
            "a file is written beside its name and renamed when it is whole: its folder must be writable",
        ),
        _ => failed(&partial, &e),
    };
    loop {
        // Not through a link to somewhere else.
        if fs::symlink_metadata(&partial).is_ok_and(|about| !about.is_file()) {
            return Err(Failure::input(format!("{}: something else stands there", partial.display()))
                .hint(format!("{} is written there until it is whole: move that away", name.display())));
        }
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&partial);
        let file = open.map_err(about)?;
        match held(&file, &partial) {
            Ok(true) => return Ok((file, TempPath::try_from_path(&partial).map_err(about)?)),
            // Its run has just renamed or removed it.
            Ok(false) => {}
            Err(e) if e.kind() == ErrorKind::ResourceBusy => {
                return Err(Failure::input(format!("{}: another run is writing it", name.display()))
                    .hint("let that run end, or write to another file"));
            }
            Err(e) => return Err(about(e)),
        }
    }
}

/// Whether the file is this run's now and still the one of that name. Where locks are not to be had it is.
#[cfg(unix)]
fn held(file: &File, partial: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    // A run that is just ending gives it up; and a process that is being started holds for a moment what its
    // parent has open.
    let mut waited = Duration::ZERO;
    while matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
        if waited >= MOST_WAIT {
            return Err(ErrorKind::ResourceBusy.into());
        }
        std::thread::sleep(LOOK_AGAIN);
        waited += LOOK_AGAIN;
    }
    let here = file.metadata()?;
    Ok(fs::metadata(partial).is_ok_and(|there| (there.dev(), there.ino()) == (here.dev(), here.ino())))
}

/// Locks of other systems would keep this run from reading what it wrote.
#[cfg(not(unix))]
fn held(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
#[path = "whole_file_tests.rs"]
mod tests;
