//! Output files that are absent or complete, never half written.
//!
//! Receives a path and bytes; yields a file beside its target that takes the target's place when it is finished.
//! Knows nothing of what is written. Every file made here is readable by its owner alone (mode 0600).

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use tempfile::NamedTempFile;

/// A file, pipe or stream that is being written. Dropped without [`Output::finish`], a regular file leaves no trace.
pub struct Output {
    writer: Encoder,
    target: Target,
}

/// Where the bytes go, and what finishing means there.
enum Target {
    /// A regular file, or one to be made: written beside its place and renamed.
    Beside { path: PathBuf },
    /// Standard output, a pipe, a device: written directly.
    Direct { path: PathBuf },
}

/// What happens to the bytes on their way.
enum Encoder {
    Plain(BufWriter<Sink>),
    Gzip(Box<flate2::write::GzEncoder<BufWriter<Sink>>>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<Sink>>>),
}

enum Sink {
    Temporary(Beside),
    File(File),
    Stdout(io::Stdout),
}

/// A file beside its place. The disk takes its bytes while more of them come: left to the end, waiting for the disk
/// took a fifth of the time in which a million rows are read, judged and written.
struct Beside {
    file: NamedTempFile,
    /// How many bytes were written since the disk was last asked to take them.
    waiting: usize,
    disk: Option<Disk>,
}

/// After how many bytes the disk is asked to take them.
const DISK_BYTES: usize = 8 << 20;

/// A thread that has the disk take what was written so far, whenever it is asked to and is not doing so already.
struct Disk {
    asked: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

/// Why an output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct OutputError {
    /// The output as the user named it.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl OutputError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let advice = match self.source.kind() {
            io::ErrorKind::NotFound => "make the folder first, or name another one",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "choose a folder that you may write to"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "free some space on that disk; nothing half written was left behind"
            }
            io::ErrorKind::IsADirectory => "name a file, not a folder",
            io::ErrorKind::NotADirectory => "what should be a folder on its way is a file: name another place",
            _ => return None,
        };
        Some(advice.to_owned())
    }

    /// Whether the reader at the other end of a pipe went away, which is no failure of ours.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        self.source.kind() == io::ErrorKind::BrokenPipe
    }
}

impl Output {
    /// Opens an output: `-` is standard output; a name that ends in `.gz` or `.zst` is compressed.
    ///
    /// A target that exists and is no regular file (`/dev/null`, a pipe) is written directly; a symbolic link is
    /// followed, so that the file it names is replaced and not the link.
    ///
    /// # Errors
    /// When the folder is missing or not writable: before any work was done for nothing.
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let failed = |source| OutputError { path: path.to_owned(), source };
        let (sink, target) = Self::open(path).map_err(failed)?;
        let buffered = BufWriter::with_capacity(256 * 1024, sink);
        let writer = match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => {
                Encoder::Gzip(Box::new(flate2::write::GzEncoder::new(buffered, flate2::Compression::default())))
            }
            Some("zst") => Encoder::Zstd(Box::new(zstd::Encoder::new(buffered, 3).map_err(failed)?)),
            _ => Encoder::Plain(buffered),
        };
        Ok(Self { writer, target })
    }

    fn open(path: &Path) -> io::Result<(Sink, Target)> {
        if path == Path::new("-") {
            return Ok((Sink::Stdout(io::stdout()), Target::Direct { path: path.to_owned() }));
        }
        let place = match std::fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        match std::fs::metadata(&place) {
            Ok(there) if there.is_dir() => return Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Ok(there) if !there.is_file() => {
                let file = OpenOptions::new().write(true).open(&place)?;
                return Ok((Sink::File(file), Target::Direct { path: path.to_owned() }));
            }
            Ok(_) | Err(_) => {}
        }
        let folder = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let temporary = tempfile::Builder::new().prefix(".rollcall-").suffix(".part").tempfile_in(&folder)?;
        let beside = Beside { file: temporary, waiting: 0, disk: None };
        Ok((Sink::Temporary(beside), Target::Beside { path: place }))
    }

    /// Writes out what is buffered and puts the file in its place, synced to the disk first.
    ///
    /// # Errors
    /// When the disk is full or the place has gone; the target is then as it was.
    pub fn finish(self) -> Result<(), OutputError> {
        let path = match &self.target {
            Target::Beside { path } | Target::Direct { path } => path.clone(),
        };
        self.settle().map_err(|source| OutputError { path, source })
    }

    fn settle(self) -> io::Result<()> {
        let mut buffered = match self.writer {
            Encoder::Plain(writer) => writer,
            Encoder::Gzip(writer) => writer.finish()?,
            Encoder::Zstd(writer) => writer.finish()?,
        };
        buffered.flush()?;
        let sink = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        match (sink, self.target) {
            (Sink::Temporary(beside), Target::Beside { path }) => beside.persist(&path)?,
            (Sink::Temporary(_), Target::Direct { .. }) => {}
            (Sink::File(mut file), _) => file.flush()?,
            (Sink::Stdout(mut stdout), _) => stdout.flush()?,
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Encoder::Plain(writer) => writer.write(bytes),
            Encoder::Gzip(writer) => writer.write(bytes),
            Encoder::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Encoder::Plain(writer) => writer.flush(),
            Encoder::Gzip(writer) => writer.flush(),
            Encoder::Zstd(writer) => writer.flush(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Temporary(beside) => beside.write(bytes),
            Self::File(file) => file.write(bytes),
            Self::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Temporary(beside) => beside.file.flush(),
            Self::File(file) => file.flush(),
            Self::Stdout(stdout) => stdout.flush(),
        }
    }
}

impl Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.waiting += written;
        if self.waiting >= DISK_BYTES {
            self.waiting = 0;
            // Where there is no thread to be had, the disk takes everything at the end.
            let start = || self.file.as_file().try_clone().and_then(Disk::start).ok();
            self.disk = self.disk.take().or_else(start);
            if let Some(disk) = &self.disk {
                // One that is still busy takes these bytes with the next; one that has failed says so at the end.
                let _ = disk.asked.try_send(());
            }
        }
        Ok(written)
    }

    /// Puts the file in its place, on the disk as a whole.
    fn persist(self, path: &Path) -> io::Result<()> {
        self.disk.map_or(Ok(()), Disk::finish)?;
        self.file.as_file().sync_all()?;
        self.file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Disk {
    fn start(file: File) -> io::Result<Self> {
        let (asked, asks) = sync_channel(1);
        let work = move || asks.into_iter().try_for_each(|()| file.sync_data());
        let thread = std::thread::Builder::new().name("disk".to_owned()).spawn(work)?;
        Ok(Self { asked, thread })
    }

    /// Waits for the disk, and says what it could not take: the system tells of that only once.
    fn finish(self) -> io::Result<()> {
        drop(self.asked);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_dropped_output_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, "old").unwrap();
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"new").unwrap();
        drop(output);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_finished_output_is_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_output_that_the_disk_takes_in_pieces_is_whole_or_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        let piece: Vec<u8> = (0..=u8::MAX).cycle().take(DISK_BYTES / 2 + 1).collect();
        let write = || {
            let mut output = Output::create(&path).unwrap();
            (0..5).for_each(|_| output.write_all(&piece).unwrap());
            output
        };
        drop(write());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        write().finish().unwrap();
        assert!(std::fs::read(&path).unwrap() == piece.repeat(5));
    }

    #[test]
    fn what_the_disk_cannot_take_is_said_in_the_end() {
        let disk = Disk::start(File::open("/dev/null").unwrap()).unwrap();
        disk.asked.send(()).unwrap();
        assert!(disk.finish().is_err(), "there is no disk behind it");
    }

    #[test]
    fn the_name_chooses_the_compression() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.csv.gz", "a.csv.zst"] {
            let path = folder.path().join(name);
            let mut output = Output::create(&path).unwrap();
            output.write_all(b"squeezed").unwrap();
            output.finish().unwrap();
            let file = File::open(&path).unwrap();
            let mut text = String::new();
            if name.ends_with("gz") {
                flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
            } else {
                zstd::Decoder::new(file).unwrap().read_to_string(&mut text).unwrap();
            }
            assert_eq!(text, "squeezed");
        }
    }

    #[test]
    fn a_link_stays_a_link_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        std::fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let mut output = Output::create(&link).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
    }

    #[test]
    fn devices_are_written_directly_and_folders_refused() {
        let mut output = Output::create(Path::new("/dev/null")).unwrap();
        output.write_all(b"gone").unwrap();
        output.finish().unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert!(Output::create(folder.path()).is_err());
        assert!(Output::create(&folder.path().join("missing").join("file.csv")).is_err());
    }

    #[test]
    fn a_full_disk_is_an_error_with_a_hint() {
        let Ok(mut output) = Output::create(Path::new("/dev/full")) else { return };
        let _ = output.write_all(b"lost");
        let error = output.finish().unwrap_err();
        assert!(error.hint().is_some() && error.to_string().contains("/dev/full"), "{error:?}");
    }
}
