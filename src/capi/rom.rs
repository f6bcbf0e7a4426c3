//! Files that are there without a file system: of the firmware (`wm_rom_files`), on a host those of its disk.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::abi::wm_rom_file;
use super::boundary::{bytes, text};
use super::{export, files};

/// The table that C has given.
static TABLE: AtomicPtr<wm_rom_file> = AtomicPtr::new(ptr::null_mut());

/// The file of the firmware with this path, which may begin with a slash or with `./`.
pub(super) fn file(path: &[u8]) -> Option<&'static [u8]> {
    let path = relative(path);
    let mut file = TABLE.load(Ordering::Acquire).cast_const();
    loop {
        // SAFETY: NULL, or a table that is constant and ends with a NULL path, by contract.
        let entry = unsafe { file.as_ref() }?;
        // SAFETY: as above.
        if relative(unsafe { text(entry.path) }?) == path {
            // SAFETY: as above.
            return Some(unsafe { bytes(entry.content.cast(), entry.length) });
        }
        // SAFETY: not the last one.
        file = unsafe { file.add(1) };
    }
}

fn relative(path: &[u8]) -> &[u8] {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    path.strip_prefix(b"/").unwrap_or(path)
}

/// What an open file holds.
pub(super) enum Content {
    Rom(&'static [u8]),
    #[cfg(feature = "host")]
    Disk(std::fs::File, u64),
}

impl Content {
    /// The file with this path, and the time of its last change if that is known.
    pub(super) fn open(path: &[u8]) -> Option<(Self, Option<u32>)> {
        match file(path) {
            Some(content) => Some((Content::Rom(content), None)),
            None => open_on_disk(path),
        }
    }

    pub(super) fn length(&self) -> u64 {
        match self {
            Content::Rom(content) => content.len() as u64,
            #[cfg(feature = "host")]
            Content::Disk(_, length) => *length,
        }
    }

    /// Copies what stands at `offset`, `length` bytes at most; `None` when it cannot be read.
    ///
    /// # Safety
    /// `length` bytes at `to` may be written, by nobody else meanwhile.
    pub(super) unsafe fn read(&self, offset: u64, to: *mut u8, length: usize) -> Option<usize> {
        match self {
            Content::Rom(content) => {
                let rest = content.get(usize::try_from(offset).ok()?..)?;
                let length = rest.len().min(length);
                // SAFETY: the caller vouches for `to`, and there are so many bytes.
                unsafe { to.copy_from(rest.as_ptr(), length) };
                Some(length)
            }
            #[cfg(feature = "host")]
            Content::Disk(file, _) => {
                use std::os::unix::fs::FileExt;
                // SAFETY: the caller vouches for `to`; zeroed, the bytes are initialised.
                let buffer = unsafe {
                    to.write_bytes(0, length);
                    core::slice::from_raw_parts_mut(to, length)
                };
                file.read_at(buffer, offset).map_err(|error| log_line!(Warn, "a file: {error}")).ok()
            }
        }
    }
}

#[cfg(feature = "host")]
fn open_on_disk(path: &[u8]) -> Option<(Content, Option<u32>)> {
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::time::UNIX_EPOCH;
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    if !path.is_file() {
        return None;
    }
    let opened = std::fs::File::open(path).and_then(|file| file.metadata().map(|data| (file, data)));
    let (file, data) = opened.map_err(|error| log_line!(Warn, "{}: {error}", path.display())).ok()?;
    let changed = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    // Any number that changes with the content: the lowest bits of the nanoseconds do.
    let version = changed.map(|time| time.as_nanos() as u32);
    Some((Content::Disk(file, data.len()), version))
}

#[cfg(not(feature = "host"))]
fn open_on_disk(_path: &[u8]) -> Option<(Content, Option<u32>)> {
    None
}

export! {
    fn wm_rom_files(files: *const wm_rom_file) {
        TABLE.store(files.cast_mut(), Ordering::Release);
        files::install();
    }
}
