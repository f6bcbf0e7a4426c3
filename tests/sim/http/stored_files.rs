//! Files of a file system: found, versions, ranges, of any length in bounded memory, and media that fail.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use wm_websockets::server::{Context, FileError, FileSystem, OpenFile, Routes, StoredFiles};

use crate::heap;
use crate::http_client::{Asked, HttpClient, Reply};
use crate::world::{PORT, World};

/// A medium that notes how it is used, and fails as told.
#[derive(Default)]
struct Medium {
    files: BTreeMap<&'static str, (Option<u64>, Vec<u8>)>,
    open: usize,
    most_open: usize,
    /// What was opened.
    paths: Vec<String>,
    /// Where was read, and how much room there was.
    reads: Vec<(u64, usize)>,
    /// What is behind this offset cannot be read.
    broken_from: Option<u64>,
    is_broken: bool,
}

#[derive(Clone, Default)]
struct Disk(Rc<RefCell<Medium>>);

struct Opened {
    disk: Disk,
    path: &'static str,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.disk.0.borrow_mut().open -= 1;
    }
}

impl FileSystem for Disk {
    type File = Opened;

    fn open(&mut self, path: &str) -> Result<OpenFile<Opened>, FileError> {
        let mut medium = heap::of_simulation(|| {
            let mut medium = self.0.borrow_mut();
            medium.paths.push(path.to_owned());
            medium
        });
        if medium.is_broken {
            return Err(FileError::Failed);
        }
        let found = medium.files.iter().find(|(name, _)| **name == path);
        let Some((path, (version, content))) = found else {
            let is_folder = medium
                .files
                .keys()
                .any(|name| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')));
            return Err(if is_folder { FileError::IsFolder } else { FileError::NotFound });
        };
        let (path, version, length) = (*path, *version, content.len() as u64);
        if medium.open >= medium.most_open {
            return Err(FileError::Busy);
        }
        medium.open += 1;
        Ok(OpenFile { file: Opened { disk: self.clone(), path }, length, version })
    }

    fn read(&mut self, file: &mut Opened, offset: u64, buffer: &mut [u8]) -> Result<usize, FileError> {
        let mut medium = self.0.borrow_mut();
        heap::of_simulation(|| medium.reads.push((offset, buffer.len())));
        let readable =
            medium.broken_from.unwrap_or(u64::MAX).checked_sub(offset).filter(|readable| *readable > 0);
        let readable = usize::try_from(readable.ok_or(FileError::Failed)?).unwrap_or(usize::MAX);
        let start = usize::try_from(offset).map_err(|_| FileError::Failed)?;
        let rest = medium.files[file.path].1.get(start..).ok_or(FileError::Failed)?;
        // Like a medium whose pages are shorter.
        let length = rest.len().min(buffer.len()).min(readable).min(300);
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// A server of a disk, and a client.
struct Asking {
    world: World<Context>,
    client: HttpClient,
    disk: Disk,
}

impl Asking {
    fn new() -> Self {
        Self::with(|files| files)
    }

    fn with(change: impl FnOnce(StoredFiles<Disk>) -> StoredFiles<Disk>) -> Self {
        let disk = Disk::default();
        {
            let mut medium = disk.0.borrow_mut();
            medium.most_open = 4;
            medium.files = BTreeMap::from([
                ("a b.txt", (Some(7), b"0123456789".to_vec())),
                ("both.css", (Some(1), b"plain, and longer".to_vec())),
                ("both.css.gz", (Some(1), b"packed".to_vec())),
                ("empty.json", (Some(1), Vec::new())),
                ("index.html", (Some(3), b"top".to_vec())),
                ("long.bin", (Some(1), long())),
                ("packed.js.gz", (Some(1), b"packed".to_vec())),
                ("sub/index.html", (None, b"below".to_vec())),
            ]);
        }
        let routes = Routes::new().get("/{*path}", change(StoredFiles::new(disk.clone())));
        let mut world = World::server(routes.expect("routes"));
        let client = HttpClient::connected(&mut world);
        Asking { world, client, disk }
    }

    fn get(&mut self, path: &str, lines: &str) -> Reply {
        self.client.ask(&mut self.world, format!("GET {path} HTTP/1.1\r\nHost: device\r\n{lines}\r\n"))
    }

    fn open(&self) -> usize {
        self.disk.0.borrow().open
    }
}

/// More than fits into any buffer.
fn long() -> Vec<u8> {
    (0..200_000_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn files_and_folders_are_found_by_their_decoded_path() {
    let mut asking = Asking::new();
    for (path, status, text, media_type) in [
        ("/", 200, "top", "text/html; charset=utf-8"),
        ("/a%20b.txt", 200, "0123456789", "text/plain; charset=utf-8"),
        ("/both.css.gz", 200, "packed", "application/gzip"),
        ("/empty.json", 200, "", "application/json"),
        ("/sub/", 200, "below", "text/html; charset=utf-8"),
        ("/index.html/", 404, "Not Found", "text/plain"),
        ("/nothing", 404, "Not Found", "text/plain"),
    ] {
        let reply = asking.get(path, "");
        let found = (reply.status, reply.text(), reply.field("Content-Type"));
        assert_eq!(found, (status, text, Some(media_type)), "{path}");
    }
    for (path, location) in [("/sub", "./sub/"), ("/sub?page=2", "./sub/?page=2")] {
        let reply = asking.get(path, "");
        assert_eq!((reply.status, reply.field("Location")), (308, Some(location)));
    }
    assert_eq!(asking.open(), 0, "each is closed");
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let mut asking = Asking::new();
    for path in [
        "/..%2findex.html",
        "/sub/%2e%2e/index.html",
        "/sub/..",
        "/%2e/index.html",
        "/..%5cindex.html",
        "/%00index.html",
        "/a%0ab.txt",
        "//index.html",
        "/sub//index.html",
        "/%2findex.html",
        "/sub%2findex.html",
        "/sub%2f",
    ] {
        assert_eq!(asking.get(path, "").status, 404, "{path}");
    }
    assert_eq!(asking.get(&format!("/{}", "a".repeat(128)), "").status, 404);
    assert_eq!(
        asking.disk.0.borrow().paths.iter().map(String::len).collect::<Vec<_>>(),
        [128],
        "nobody else asks the disk"
    );
    assert_eq!(asking.get(&format!("/{}", "a".repeat(129)), "").status, 404);
    assert_eq!(asking.disk.0.borrow().paths.len(), 1);
}

#[test]
fn a_version_is_sent_once_and_in_parts() {
    let mut asking = Asking::with(|files| files.caching("max-age=60"));
    let reply = asking.get("/a%20b.txt", "");
    assert_eq!((reply.field("ETag"), reply.field("Cache-Control")), (Some("\"10-7\""), Some("max-age=60")));
    for (lines, status, text, range) in [
        ("If-None-Match: \"10-7\"\r\n", 304, "", None),
        ("If-None-Match: \"10-6\"\r\n", 200, "0123456789", None),
        ("Range: bytes=2-4\r\n", 206, "234", Some("bytes 2-4/10")),
        ("Range: bytes=8-\r\nIf-Range: \"10-7\"\r\n", 206, "89", Some("bytes 8-9/10")),
        ("Range: bytes=8-\r\nIf-Range: \"10-6\"\r\n", 200, "0123456789", None),
        ("Range: bytes=10-\r\n", 416, "", Some("bytes */10")),
        ("Range: bytes=2-4\r\nIf-Match: \"10-7\"\r\n", 206, "234", Some("bytes 2-4/10")),
        ("Range: bytes=2-4\r\nIf-Match: \"10-6\"\r\n", 412, "", None),
    ] {
        let reply = asking.get("/a%20b.txt", lines);
        let found = (reply.status, reply.text(), reply.field("Content-Range"));
        assert_eq!(found, (status, text, range), "{lines}");
    }
    asking.disk.0.borrow_mut().files.get_mut("a b.txt").expect("the file").0 = Some(8);
    assert_eq!(asking.get("/a%20b.txt", "If-None-Match: \"10-7\"\r\n").field("ETag"), Some("\"10-8\""));

    let unversioned = asking.get("/sub/", "Range: bytes=1-2\r\n");
    assert_eq!((unversioned.status, unversioned.text(), unversioned.field("ETag")), (206, "el", None));
    assert_eq!(asking.get("/sub/", "Range: bytes=1-2\r\nIf-Range: \"5-0\"\r\n").status, 200);

    asking.client.send(&mut asking.world, "HEAD /long.bin HTTP/1.1\r\nHost: device\r\n\r\n");
    let head = asking.client.reply_to(&mut asking.world, Asked::Head);
    assert_eq!((head.status, head.field("Content-Length")), (200, Some("200000")));
    assert_eq!(asking.get("/", "").text(), "top", "the connection goes on");
    assert_eq!(asking.open(), 0);
}

#[test]
fn a_client_gets_a_coding_that_it_takes() {
    let mut asking = Asking::with(StoredFiles::compressed);
    for (path, lines, status, text, coding, tag) in [
        ("/both.css", "", 200, "plain, and longer", None, Some("\"17-1\"")),
        ("/both.css", "Accept-Encoding: gzip\r\n", 200, "packed", Some("gzip"), Some("\"6-1z\"")),
        ("/both.css", "Accept-Encoding: br\r\n", 200, "plain, and longer", None, Some("\"17-1\"")),
        ("/packed.js", "", 200, "packed", Some("gzip"), Some("\"6-1z\"")),
        ("/packed.js", "Accept-Encoding: gzip;q=0\r\n", 404, "Not Found", None, None),
        ("/a%20b.txt", "Accept-Encoding: gzip\r\n", 200, "0123456789", None, Some("\"10-7\"")),
    ] {
        let reply = asking.get(path, lines);
        let found = (reply.status, reply.text(), reply.field("Content-Encoding"), reply.field("ETag"));
        assert_eq!(found, (status, text, coding, tag), "{path} {lines}");
        assert_eq!(reply.field("Vary").is_some(), status == 200, "{path} {lines}");
    }
    assert_eq!(asking.get("/packed.js", "").field("Content-Type"), Some("text/javascript; charset=utf-8"));
    let reply = asking.get("/sub", "Accept-Encoding: gzip\r\n");
    assert_eq!((reply.status, reply.field("Location")), (308, Some("./sub/")));
}

#[test]
fn media_types_of_the_application_go_first() {
    let mut asking = Asking::with(|files| files.media_types(&[(".css", "text/x-own"), ("long.bin", "x/y")]));
    assert_eq!(asking.get("/both.css", "").field("Content-Type"), Some("text/x-own"));
    assert_eq!(asking.get("/long.bin", "Range: bytes=0-0\r\n").field("Content-Type"), Some("x/y"));
    drop(asking);
    let mut asking = Asking::new();
    let reply = asking.get("/long.bin", "Range: bytes=0-0\r\n");
    assert_eq!(reply.field("Content-Type"), Some("application/octet-stream"));
}

#[test]
fn a_long_file_comes_whole_in_bounded_memory_and_nobody_waits_for_it() {
    let mut asking = Asking::new();
    let before = heap::live();
    asking.client.send(&mut asking.world, "GET /long.bin HTTP/1.1\r\nHost: device\r\n\r\n");
    let mut other = HttpClient::connected(&mut asking.world);
    let reply = other.ask(&mut asking.world, "GET / HTTP/1.1\r\nHost: device\r\n\r\n");
    assert_eq!((reply.text(), asking.open()), ("top", 1), "the long one is under way");
    let mut reply = None;
    let peak = heap::peak_of(|| reply = Some(asking.client.reply(&mut asking.world)));
    assert!(reply.is_some_and(|reply| reply.body == long()));
    assert!(peak < before + 20_000, "{} bytes", peak - before);
    assert_eq!(asking.open(), 0);
    let medium = asking.disk.0.borrow();
    assert!(medium.reads.iter().all(|(offset, length)| offset / 512 == (offset + *length as u64 - 1) / 512));
}

#[test]
fn a_range_of_a_long_file_is_what_was_asked_for() {
    let mut asking = Asking::new();
    let reply = asking.get("/long.bin", "Range: bytes=100-150099\r\n");
    assert!(reply.status == 206 && reply.body == long()[100..150_100]);
    assert_eq!(asking.disk.0.borrow().reads[..3], [(100, 412), (400, 112), (512, 512)]);
}

#[test]
fn a_client_that_vanishes_or_does_not_read_holds_no_file() {
    let mut asking = Asking::new();
    let before = heap::live();
    asking.client.send(&mut asking.world, "GET /long.bin HTTP/1.1\r\nHost: device\r\n\r\n");
    asking.world.run_for(Duration::from_millis(10));
    assert_eq!(asking.open(), 1);
    asking.world.peer.abort(asking.client.socket);
    asking.world.run_until(|world| world.device.counters().connections == 0);
    assert_eq!(asking.open(), 0, "after a reset");

    asking.world.peer.set_buffer(2_000);
    let deaf = asking.world.peer.connect(PORT);
    asking.world.peer.send(deaf, b"GET /long.bin HTTP/1.1\r\nHost: device\r\n\r\n");
    asking.world.run_for(Duration::from_secs(1));
    assert_eq!(asking.open(), 1);
    asking.world.run_until(|world| world.device.counters().connections == 0);
    assert_eq!(asking.open(), 0, "after its patience");
    asking.world.peer.abort(deaf);
    asking.world.expect_all_freed();
    assert!(heap::live() < before);
}

#[test]
fn what_cannot_be_opened_is_said() {
    let mut asking = Asking::new();
    asking.disk.0.borrow_mut().most_open = 0;
    let reply = asking.get("/", "");
    assert_eq!((reply.status, reply.field("Retry-After")), (503, Some("1")));
    asking.disk.0.borrow_mut().is_broken = true;
    assert_eq!(asking.get("/", "").status, 500);
    let mut medium = asking.disk.0.borrow_mut();
    (medium.is_broken, medium.most_open) = (false, 1);
    drop(medium);
    assert_eq!(asking.get("/", "").text(), "top");
}

#[test]
fn what_cannot_be_read_to_its_end_is_not_taken_for_whole() {
    let mut asking = Asking::new();
    asking.disk.0.borrow_mut().broken_from = Some(100_000);
    asking.client.send(&mut asking.world, "GET /long.bin HTTP/1.1\r\nHost: device\r\n\r\n");
    asking.client.expect_reset(&mut asking.world);
    let received = &asking.client.received;
    let head = received.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let body = &received[head..];
    assert!(body.len() <= 100_000 && body == &long()[..body.len()]);
    assert_eq!(asking.open(), 0);

    // It was cut while it was read.
    asking.disk.0.borrow_mut().broken_from = None;
    asking.client = HttpClient::connected(&mut asking.world);
    asking.client.send(&mut asking.world, "GET /long.bin HTTP/1.1\r\nHost: device\r\n\r\n");
    asking.world.run_for(Duration::from_millis(10));
    asking.disk.0.borrow_mut().files.get_mut("long.bin").expect("the file").1.truncate(50_000);
    asking.client.expect_reset(&mut asking.world);
    assert_eq!(asking.open(), 0);
}
