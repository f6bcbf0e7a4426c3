//! LittleFS, as it runs on a microcontroller's flash: how `FileSystem` is implemented for it, and that it serves.

use std::hint::black_box;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use littlefs2::fs::{Allocation, Filesystem};
use littlefs2::io::{Error, OpenSeekFrom};
use littlefs2::path::{Path, PathBuf};
use littlefs2::{path, ram_storage};
use wm_websockets::server::{Context, FileError, FileSystem, OpenFile, Routes, StoredFiles};

use crate::http_client::HttpClient;
use crate::world::World;

// 256 KB of blocks of 4 KB, as flash has them.
ram_storage!(
    name = Flash,
    backend = Chip,
    erase_value = 0xff,
    read_size = 16,
    write_size = 256,
    cache_size_ty = littlefs2::consts::U256,
    block_size = 4096,
    block_count = 64,
    lookahead_size_ty = littlefs2::consts::U8,
);

type Volume = Filesystem<'static, Flash<'static>>;

/// Whoever writes a file counts its versions in an attribute of this number.
const VERSION: u8 = b'v';

/// A folder of LittleFS, shared with those who write to it.
struct Folder {
    volume: &'static Volume,
}

impl FileSystem for Folder {
    // The file itself would borrow the volume's cache for as long as it is open: it is opened for each piece.
    type File = PathBuf;

    fn open(&mut self, path: &str) -> Result<OpenFile<PathBuf>, FileError> {
        let path = PathBuf::try_from(path).map_err(|_| FileError::NotFound)?;
        let file = self.volume.metadata(&path).map_err(file_error)?;
        if file.is_dir() {
            return Err(FileError::IsFolder);
        }
        Ok(OpenFile { length: file.len() as u64, version: version(self.volume, &path), file: path })
    }

    fn read(&mut self, path: &mut PathBuf, offset: u64, buffer: &mut [u8]) -> Result<usize, FileError> {
        const PIECE: usize = StoredFiles::<Folder>::PIECE;
        let offset = u32::try_from(offset).map_err(|_| FileError::Failed)?;
        let (piece, _) =
            self.volume.read_chunk::<PIECE>(path, OpenSeekFrom::Start(offset)).map_err(file_error)?;
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece[..length]);
        Ok(length)
    }
}

fn version(volume: &Volume, path: &Path) -> Option<u64> {
    let mut bytes = [0; 8];
    volume.attribute(path, VERSION, &mut bytes).ok()??;
    Some(u64::from_le_bytes(bytes))
}

fn file_error(error: Error) -> FileError {
    match error {
        Error::NO_SUCH_ENTRY | Error::PATH_NOT_DIR | Error::FILENAME_TOO_LONG => FileError::NotFound,
        Error::PATH_IS_DIR => FileError::IsFolder,
        Error::NO_MEMORY => FileError::Busy,
        _ => FileError::Failed,
    }
}

/// A volume is mounted for ever, as in firmware; where a static knows of it, which nobody reads, that is no leak.
fn volume() -> &'static Volume {
    static MOUNTED: AtomicPtr<Volume> = AtomicPtr::new(ptr::null_mut());
    let flash = Box::leak(Box::new(Flash::new(Box::leak(Box::new(Chip::new())))));
    Filesystem::format(flash).expect("a volume");
    let cache = Box::leak(Box::<Allocation<_>>::new(Filesystem::allocate()));
    let volume = Box::leak(Box::new(Filesystem::mount(cache, flash).expect("a volume")));
    black_box(&MOUNTED).store(volume, Ordering::Relaxed);
    volume
}

fn write(volume: &Volume, path: &Path, content: &[u8], version: u64) {
    volume.write(path, content).expect("there is room");
    volume.set_attribute(path, VERSION, &version.to_le_bytes()).expect("there is room");
}

fn page(length: u32) -> Vec<u8> {
    (0..length).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn littlefs_serves_while_it_is_written_to() {
    let volume = volume();
    volume.create_dir(path!("sub")).expect("there is room");
    write(volume, path!("index.html"), b"<p>stored</p>", 1);
    write(volume, path!("sub/long.bin"), &page(100_000), 1);
    let routes = Routes::new().get("/{*path}", StoredFiles::new(Folder { volume })).expect("a route");
    let mut world: World<Context> = World::server(routes);
    let mut client = HttpClient::connected(&mut world);
    let mut get = |path: &str, lines: &str| {
        client.ask(&mut world, format!("GET {path} HTTP/1.1\r\nHost: device\r\n{lines}\r\n"))
    };

    let reply = get("/", "");
    assert_eq!((reply.text(), reply.field("ETag")), ("<p>stored</p>", Some("\"13-1\"")));
    assert_eq!(get("/", "If-None-Match: \"13-1\"\r\n").status, 304);
    assert!(get("/sub/long.bin", "").body == page(100_000));
    assert!(get("/sub/long.bin", "Range: bytes=5000-69999\r\n").body == page(100_000)[5_000..70_000]);
    for (path, status) in [("/sub", 308), ("/sub/none", 404), ("/index.html/x", 404)] {
        assert_eq!(get(path, "").status, status, "{path}");
    }

    write(volume, path!("index.html"), b"<p>changed</p>", 2);
    let reply = get("/", "If-None-Match: \"13-1\"\r\n");
    assert_eq!((reply.text(), reply.field("ETag")), ("<p>changed</p>", Some("\"14-2\"")));
    volume.remove(path!("index.html")).expect("it was there");
    assert_eq!(get("/", "").status, 404);
}
