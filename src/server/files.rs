//! Files that are a part of the firmware.

use super::handler::Handler;
use super::response::Response;
use super::send_error::SendError;
use crate::http::{Request, Selection, Status, percent};

/// A file in flash, as the macro `folder!` of the crate `wm-rom-files` makes it.
#[derive(Clone, Copy, Debug)]
pub struct RomFile {
    /// Where it lies in its folder: `css/page.css`, decoded.
    pub path: &'static str,
    /// Its Content-Type.
    pub media_type: &'static str,
    /// What tells its versions apart, in quotation marks: a strong entity tag (RFC 9110 section 8.8.3).
    pub entity_tag: &'static str,
    /// The coding in which it is stored, and sent: `gzip`.
    pub coding: Option<&'static str>,
    /// What is sent.
    pub content: &'static [u8],
}

/// The longest path that is looked for, in bytes.
const MAX_PATH: usize = 128;

/// Serves files out of flash, without a copy, of any length: with entity tags, so that a browser asks for each version once, with single ranges, and
/// in the coding in which they are stored.
///
/// The file is the one that the parameter `path` of the route names, for a folder `index.html` in it. A folder without its slash is sent
/// there with it; what is not there gets 404. Several files may have one path, of which the client gets the one whose coding it takes: first
/// what is compressed, if it says that it takes that. One that takes none of them gets 406.
///
/// ```
/// use wm_websockets::server::{Files, RomFile, Routes};
///
/// // In place of `wm_rom_files::folder!("web")`.
/// static WEB: [RomFile; 1] = [RomFile {
///     path: "index.html",
///     media_type: "text/html; charset=utf-8",
///     entity_tag: "\"1f0e3dad\"",
///     coding: None,
///     content: b"<h1>Pump 3</h1>",
/// }];
///
/// let routes = Routes::new().get("/{*path}", Files::new(&WEB))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Files {
    files: &'static [RomFile],
    caching: &'static str,
}

impl Files {
    /// Serves these files.
    pub const fn new(files: &'static [RomFile]) -> Self {
        Files { files, caching: "no-cache" }
    }

    /// Sends another Cache-Control than `no-cache`, by which the client asks each time whether it has the current version:
    /// `max-age=3600` for example.
    #[must_use]
    pub const fn caching(self, caching: &'static str) -> Self {
        Files { caching, ..self }
    }

    fn answer(&self, request: &Request<'_>, response: &mut Response<'_>) -> Result<(), SendError> {
        let mut buffer = [0; MAX_PATH];
        let path = request.parameter("path").or(request.path().strip_prefix('/')).unwrap_or_default();
        let Ok(path) = percent::decode_str(path, &mut buffer) else {
            return response.plain(Status::NOT_FOUND, &[]);
        };
        let is_folder = path.is_empty() || path.ends_with('/');
        let has = |file: &RomFile, index: bool| {
            let rest = file.path.strip_prefix(path);
            rest == Some(match (is_folder, index) {
                (true, _) => "index.html",
                (false, true) => "/index.html",
                (false, false) => "",
            })
        };
        let mut found = self.files.iter().filter(|file| has(file, false)).peekable();
        if found.peek().is_none() {
            return match self.files.iter().any(|file| has(file, true)) {
                true => to_folder(request, response),
                false => response.plain(Status::NOT_FOUND, &[]),
            };
        }
        let varies = found.clone().nth(1).is_some() || found.clone().any(|file| file.coding.is_some());
        match choose(request, found) {
            Some(file) => self.send(file, varies, request, response),
            None => response.plain(Status::NOT_ACCEPTABLE, &[("Vary", "Accept-Encoding")]),
        }
    }

    fn send(
        &self,
        file: &'static RomFile,
        varies: bool,
        request: &Request<'_>,
        response: &mut Response<'_>,
    ) -> Result<(), SendError> {
        let length = file.content.len() as u64;
        let selection = request.selects(file.entity_tag, length);
        let status = match selection {
            Selection::Whole => Status::OK,
            Selection::Part(_) => Status::PARTIAL_CONTENT,
            Selection::NotModified => Status::NOT_MODIFIED,
            Selection::NotSatisfiable => Status::RANGE_NOT_SATISFIABLE,
        };
        let mut start =
            response.start(status).field("ETag", file.entity_tag).field("Cache-Control", self.caching);
        if varies {
            start = start.field("Vary", "Accept-Encoding");
        }
        if selection == Selection::NotModified {
            return start.empty();
        }
        start = start.field("Accept-Ranges", "bytes");
        let content = match selection {
            Selection::NotSatisfiable => return start.content_range(None, length).empty(),
            Selection::Part(range) => {
                start = start.content_range(Some(&range), length);
                let [first, end] =
                    [range.start, range.end].map(|place| usize::try_from(place).unwrap_or(usize::MAX));
                file.content.get(first..end).unwrap_or_default()
            }
            _ => file.content,
        };
        if let Some(coding) = file.coding {
            start = start.field("Content-Encoding", coding);
        }
        start.content_type(file.media_type).body_static(content)
    }
}

/// Of the files with one path the one whose coding the client asks for, else the one without, else any that it takes.
fn choose(
    request: &Request<'_>,
    files: impl Iterator<Item = &'static RomFile> + Clone,
) -> Option<&'static RomFile> {
    let asks = request.field("Accept-Encoding").is_some();
    let takes = |file: &&RomFile| request.accepts_coding(file.coding.unwrap_or("identity"));
    let mut taken = files.filter(takes);
    taken.clone().find(|file| file.coding.is_some() == asks).or_else(|| taken.next())
}

/// Sends the client to the folder, from where what its page names is found.
fn to_folder(request: &Request<'_>, response: &mut Response<'_>) -> Result<(), SendError> {
    let mut location = [0; MAX_PATH];
    let name = request.path().rsplit('/').next().unwrap_or_default();
    let mut length = 0_usize;
    // Relative, so that no path of the client's can lead elsewhere.
    for (place, octet) in location.iter_mut().zip(b"./".iter().chain(name.as_bytes()).chain(b"/")) {
        *place = *octet;
        length = length.saturating_add(1);
    }
    if length < name.len().saturating_add(3) {
        return response.plain(Status::NOT_FOUND, &[]);
    }
    let location = location.get(..length).unwrap_or_default();
    response.start(Status::PERMANENT_REDIRECT).field("Location", location).empty()
}

impl Handler for Files {
    type Exchange = ();

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        let result = self.answer(request, response);
        response.fall_back(result);
        None
    }
}
