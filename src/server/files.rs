//! Files that are a part of the firmware.

use super::handler::Handler;
use super::representation::{MAX_PATH, Representation, path_of, to_folder};
use super::response::Response;
use super::send_error::SendError;
use crate::http::{Request, Status};

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

/// Serves files out of flash, without a copy, of any length: with entity tags, so that a browser asks for each version once, with single ranges, and
/// in the coding in which they are stored.
///
/// The file is the one that the parameter `path` of the route names, in 128 bytes at most, for a folder `index.html` in it. An encoded slash
/// (`%2F`) separates no folders, as in routes. A folder without its slash is sent there with it; what is not there gets 404. Several files may
/// have one path, of which the client gets the one whose coding it takes: first what is compressed, if it says that it takes that. One that
/// takes none of them gets 406.
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
        let Some(path) = path_of(request, &mut buffer) else {
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
        let representation = Representation {
            entity_tag: file.entity_tag,
            length: file.content.len() as u64,
            media_type: file.media_type,
            coding: file.coding,
            caching: self.caching,
            varies,
        };
        let Some((start, part)) = representation.start(request, response)? else { return Ok(()) };
        let [first, end] = [part.start, part.end].map(|place| usize::try_from(place).unwrap_or(usize::MAX));
        start.body_static(file.content.get(first..end).unwrap_or_default())
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

impl Handler for Files {
    type Exchange = ();

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        let result = self.answer(request, response);
        response.fall_back(result);
        None
    }
}
