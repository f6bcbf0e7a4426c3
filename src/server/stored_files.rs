//! Files of a file system.

use core::fmt;
use core::ops::Range;

use super::handler::Handler;
use super::representation::{MAX_PATH, Representation, TAG_LENGTH, entity_tag, path_of, text_of, to_folder};
use super::response::Response;
use super::send_error::SendError;
use crate::http::{Method, Request, Status, media_type_of};

/// Where files lie: LittleFS, FAT on a card, a folder of a host.
///
/// What is called here is called in the pass of [`Context::service`](super::Context::service): nobody else is served meanwhile. One call
/// reads [`StoredFiles::PIECE`] bytes at most. `tests/sim/http/littlefs.rs` of this repository implements it for LittleFS.
pub trait FileSystem: 'static {
    /// A file that is open. Dropped when the response is sent, and when the client has vanished: that closes it. Where a file cannot stay
    /// open between two calls, this is its path, and [`read`](Self::read) opens it anew.
    type File: 'static;

    /// Opens the file with this path for reading: `css/page.css`, segments that are neither empty nor `.` nor `..`, without a backslash or
    /// a control character; 141 bytes at most.
    ///
    /// # Errors
    ///
    /// Each [`FileError`] is answered in its own way.
    fn open(&mut self, path: &str) -> Result<OpenFile<Self::File>, FileError>;

    /// Reads what stands at `offset`, into all of `buffer` or its front; says how many bytes. There is something: nothing is read behind the
    /// length that was told.
    ///
    /// # Errors
    ///
    /// Any, like no byte at all, breaks the response off, so that the client does not take it for whole.
    fn read(&mut self, file: &mut Self::File, offset: u64, buffer: &mut [u8]) -> Result<usize, FileError>;
}

/// A file that was opened.
#[derive(Clone, Copy, Debug)]
pub struct OpenFile<F> {
    /// What [`FileSystem::read`] gets.
    pub file: F,
    /// Its length in bytes.
    pub length: u64,
    /// What is another number whenever the content is another: the time of the last change, a counter. With the length it becomes the entity
    /// tag, by which a browser asks for each version once. `None`: it asks each time.
    pub version: Option<u64>,
}

/// Why a file cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// There is none of that name: 404.
    NotFound,
    /// It is a folder: the client is sent there, and gets its `index.html`.
    IsFolder,
    /// No further file can be open now: 503, and the client may ask again in a second.
    Busy,
    /// The medium failed: 500.
    Failed,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileError::NotFound => "no such file",
            FileError::IsFolder => "a folder, not a file",
            FileError::Busy => "too many open files: try again",
            FileError::Failed => "the medium of the file failed",
        })
    }
}

impl core::error::Error for FileError {}

/// Serves the files of a [`FileSystem`], of any length, piece by piece as the client takes them: with entity tags, single ranges, and out
/// of files that are compressed already.
///
/// The file is the one that the parameter `path` of the route names, for a folder `index.html` in it. An encoded slash (`%2F`) separates no
/// folders, as in routes. A folder without its slash is sent there with it; what is not there gets 404. Between two pieces nothing is held but
/// the open file.
///
/// To routes `/admin` and `/ADMIN` are two paths. To a medium where names have no case, or lose dots at their end, such as FAT, they are one:
/// what one route guards must not be among the files of another one there.
///
/// ```
/// use wm_websockets::server::{FileError, FileSystem, OpenFile, Routes, StoredFiles};
///
/// /// A log in memory, in place of a driver for flash.
/// struct Log(Vec<u8>);
///
/// impl FileSystem for Log {
///     type File = ();
///
///     fn open(&mut self, path: &str) -> Result<OpenFile<()>, FileError> {
///         match path {
///             // What only grows has another version when it has another length.
///             "log.txt" => Ok(OpenFile { file: (), length: self.0.len() as u64, version: Some(0) }),
///             _ => Err(FileError::NotFound),
///         }
///     }
///     fn read(&mut self, _file: &mut (), offset: u64, buffer: &mut [u8]) -> Result<usize, FileError> {
///         let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).ok_or(FileError::Failed)?;
///         let length = rest.len().min(buffer.len());
///         buffer[..length].copy_from_slice(&rest[..length]);
///         Ok(length)
///     }
/// }
///
/// let routes = Routes::new().get("/files/{*path}", StoredFiles::new(Log(b"started\n".to_vec())))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StoredFiles<S> {
    file_system: S,
    caching: &'static str,
    compressed: bool,
    types: &'static [(&'static str, &'static str)],
}

/// A file of which a part is still to be sent.
pub struct Sending<F> {
    file: F,
    pub(super) part: Range<u64>,
}

impl<S: FileSystem> StoredFiles<S> {
    /// The most bytes that are read in one call: a sector. Reads begin at multiples of it, but for the first of a range.
    pub const PIECE: usize = PIECE;

    /// Serves these files.
    pub const fn new(file_system: S) -> Self {
        StoredFiles { file_system, caching: "no-cache", compressed: false, types: &[] }
    }

    /// Sends another Cache-Control than `no-cache`, by which the client asks each time whether it has the current version:
    /// `max-age=3600` for example.
    #[must_use]
    pub const fn caching(mut self, caching: &'static str) -> Self {
        self.caching = caching;
        self
    }

    /// For `page.html` sends `page.html.gz` where there is one and the client takes gzip: one more file that is looked for.
    #[must_use]
    pub const fn compressed(mut self) -> Self {
        self.compressed = true;
        self
    }

    /// Further media types, by the end of the name: `(".bin", "application/octet-stream")`, which is that of a name whose end is not known.
    /// Known are those that pages are made of: `.html`, `.js`, `.css`, `.json`, `.txt`, `.csv`, `.svg`, `.png` and their kind.
    #[must_use]
    pub const fn media_types(mut self, types: &'static [(&'static str, &'static str)]) -> Self {
        self.types = types;
        self
    }

    fn answer(
        &mut self,
        request: &Request<'_>,
        response: &mut Response<'_>,
    ) -> Result<Option<Sending<S::File>>, SendError> {
        let mut buffer = [0; MAX_PATH];
        let mut name = [0; MAX_PATH + ROOM];
        let found = match path_of(request, &mut buffer) {
            Some(path) if is_plain(path) => {
                let packed = packed_name(path, &mut name).ok_or(FileError::NotFound);
                packed.and_then(|packed| self.find(request, packed))
            }
            _ => Err(FileError::NotFound),
        };
        match found {
            Ok(found) => self.begin_sending(found, request, response),
            Err(error) => refuse(error, request, response).map(|()| None),
        }
    }

    /// The file of that name; where that is asked for, the compressed one before it, or in its place.
    fn find<'n>(&mut self, request: &Request<'_>, packed: &'n str) -> Result<Found<'n, S::File>, FileError> {
        let plain = packed.strip_suffix(PACKED).unwrap_or_default();
        if !self.compressed {
            return Ok(Found { opened: self.file_system.open(plain)?, name: plain, coding: None });
        }
        let first_packed = request.field("Accept-Encoding").is_some();
        let mut outcome = Err(FileError::NotFound);
        for is_packed in [first_packed, !first_packed] {
            let (path, coding) = if is_packed { (packed, Some("gzip")) } else { (plain, None) };
            if !request.accepts_coding(coding.unwrap_or("identity")) {
                continue;
            }
            match self.file_system.open(path) {
                Ok(opened) => return Ok(Found { opened, name: plain, coding }),
                Err(FileError::NotFound) => {}
                // That there is a folder is said of the plain name.
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    fn begin_sending(
        &self,
        found: Found<'_, S::File>,
        request: &Request<'_>,
        response: &mut Response<'_>,
    ) -> Result<Option<Sending<S::File>>, SendError> {
        let OpenFile { file, length, version } = found.opened;
        let (mut tag, mut media_type) = ([0; TAG_LENGTH], [0; MAX_MEDIA_TYPE]);
        let representation = Representation {
            entity_tag: version
                .map_or("", |version| entity_tag(&mut tag, length, version, found.coding.is_some())),
            length,
            media_type: self.media_type(found.name, &mut media_type),
            coding: found.coding,
            caching: self.caching,
            varies: self.compressed,
        };
        let Some((start, part)) = representation.start(request, response)? else { return Ok(None) };
        start.length(part.end.saturating_sub(part.start))?;
        if request.method() == Method::Head {
            return response.finish().map(|()| None);
        }
        Ok((!part.is_empty()).then_some(Sending { file, part }))
    }

    /// Text is taken for UTF-8.
    fn media_type<'t>(&self, name: &str, buffer: &'t mut [u8]) -> &'t str {
        let own = self.types.iter().find(|(end, _)| name.ends_with(end)).map(|(_, media_type)| *media_type);
        let known = || media_type_of(name.as_bytes()).and_then(|media_type| media_type.to_str().ok());
        let (media_type, is_own) = match own {
            Some(own) => (own, true),
            None => (known().unwrap_or("application/octet-stream"), false),
        };
        let charset = if !is_own && media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
        text_of(buffer, &[media_type.as_bytes(), charset.as_bytes()]).unwrap_or("application/octet-stream")
    }
}

/// A file that is to be sent, with the name that tells its media type.
struct Found<'n, F> {
    opened: OpenFile<F>,
    name: &'n str,
    coding: Option<&'static str>,
}

/// The file of a folder that is sent in its place, and the end of the name of a compressed file.
const INDEX: &str = "index.html";
const PACKED: &str = ".gz";

/// For what is put behind a path.
const ROOM: usize = INDEX.len() + PACKED.len();

/// Of a media type with its charset, in bytes.
const MAX_MEDIA_TYPE: usize = 96;

/// A sector of a card, a page of flash.
const PIECE: usize = 512;

/// What an offset lies behind a multiple of that.
const BEHIND_MULTIPLE: u64 = PIECE as u64 - 1;

/// In one pass, so that nobody waits long for a slow medium.
const PIECES: usize = 4;

/// Whether a path leads nowhere but down.
fn is_plain(path: &str) -> bool {
    let folder = path.strip_suffix('/').unwrap_or(path);
    let is_name = |segment: &str| !matches!(segment, "" | "." | "..");
    let has_odd = path.bytes().any(|octet| octet == b'\\' || octet.is_ascii_control());
    path.is_empty() || (folder.split('/').all(is_name) && !has_odd)
}

/// The name of the compressed file, in which that of the file itself stands first.
fn packed_name<'n>(path: &str, buffer: &'n mut [u8]) -> Option<&'n str> {
    let index = if path.is_empty() || path.ends_with('/') { INDEX } else { "" };
    text_of(buffer, &[path.as_bytes(), index.as_bytes(), PACKED.as_bytes()])
}

fn refuse(error: FileError, request: &Request<'_>, response: &mut Response<'_>) -> Result<(), SendError> {
    match error {
        FileError::NotFound => response.plain(Status::NOT_FOUND, &[]),
        FileError::IsFolder => to_folder(request, response),
        FileError::Busy => response.plain(Status::SERVICE_UNAVAILABLE, &[("Retry-After", "1")]),
        FileError::Failed => response.plain(Status::INTERNAL_SERVER_ERROR, &[]),
    }
}

/// Sends more of a body that lies elsewhere, as much as there is room for and some pieces at a time; `part` is what is left of it.
pub(crate) fn send_pieces(
    response: &mut Response<'_>,
    part: &mut Range<u64>,
    mut read: impl FnMut(u64, &mut [u8]) -> Option<usize>,
) {
    let mut buffer = [0; PIECE];
    for _ in 0..PIECES {
        let due = usize::try_from(part.end.saturating_sub(part.start)).unwrap_or(usize::MAX);
        // The next piece begins at a multiple of its length.
        let aligned = PIECE.saturating_sub((part.start & BEHIND_MULTIPLE) as usize);
        let length = due.min(aligned);
        if length == 0 || response.capacity() < length {
            return;
        }
        let piece = buffer.get_mut(..length).unwrap_or_default();
        let sent = match read(part.start, piece) {
            Some(got) if (1..=length).contains(&got) => {
                response.write(piece.get(..got).unwrap_or_default()).map(|()| got)
            }
            _ => Err(SendError::OutOfOrder),
        };
        match sent {
            Ok(got) => part.start = part.start.saturating_add(got as u64),
            Err(error) => {
                log_line!(Warn, "a file is broken off {due} bytes before its end: {error}");
                response.finish().ok();
                return;
            }
        }
    }
}

impl<S: FileSystem> Handler for StoredFiles<S> {
    type Exchange = Sending<S::File>;

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<Self::Exchange> {
        match self.answer(request, response) {
            Ok(sending) => sending,
            Err(error) => {
                response.fall_back(Err(error));
                None
            }
        }
    }

    fn end(&mut self, sending: &mut Self::Exchange, response: &mut Response<'_>) {
        self.writable(sending, response);
    }

    fn writable(&mut self, sending: &mut Self::Exchange, response: &mut Response<'_>) {
        let Sending { file, part } = sending;
        send_pieces(response, part, |offset, buffer| self.file_system.read(file, offset, buffer).ok());
    }
}
