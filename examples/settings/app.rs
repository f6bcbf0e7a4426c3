//! The settings of a device, behind a password: pages out of flash, a form with a name, and one with a firmware, whose file is never in
//! memory as a whole.

extern crate alloc;

use alloc::vec::Vec;
use core::fmt::{self, Write};

use wm_websockets::http::{Credentials, DigestCredentials, FormPart, Request, RouteError, Status};
use wm_websockets::server::{
    BasicAuth, DigestAuth, Files, FormBody, FormHandler, Gate, Guarded, Limits, Response, RomFile, Routes,
};

/// The pages: compressed, with entity tags.
static WEB: [RomFile; 2] = wm_rom_files::folder!("web");

/// A product has one for each device, on its label.
const PASSWORD: &str = "correct horse";

/// What a name may have, in bytes.
const LONGEST_NAME: usize = 32;

/// The room for a firmware, in bytes.
const FLASH: u64 = 1 << 20;

fn is_owner(credentials: &Credentials) -> bool {
    credentials.are("admin", PASSWORD)
}

/// The same, of somebody who shows that he knows the password without saying it.
fn knows_password(credentials: &DigestCredentials<'_>) -> bool {
    credentials.are("admin", PASSWORD)
}

/// Takes forms of the device's own pages, and of tools. A browser sends the password that it knows with forms of whatever page it shows, and
/// says in `Origin` which one that is.
struct OwnPages;

impl Gate for OwnPages {
    fn admits(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> bool {
        // Tools have no pages.
        let Some(origin) = request.field("Origin") else { return true };
        let host = request.host().map(str::as_bytes);
        let schemes: [&[u8]; 2] = [b"http://", b"https://"];
        let is_own = host.is_some() && schemes.iter().any(|scheme| origin.strip_prefix(*scheme) == host);
        if !is_own {
            response.status(Status::FORBIDDEN);
        }
        is_own
    }
}

/// Takes the field `name`.
struct Rename;

#[derive(Default)]
struct Name {
    is_open: bool,
    /// `None`: there was no such field.
    bytes: Option<Vec<u8>>,
}

impl FormHandler for Rename {
    type Form = Name;

    fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<Name> {
        Some(Name::default())
    }

    fn part(&mut self, name: &mut Name, part: FormPart<'_>, response: &mut Response<'_>) {
        match part {
            FormPart::Field(field) => {
                name.is_open = field.name == "name";
                // Of two names nobody knows which is meant.
                if name.is_open && name.bytes.replace(Vec::new()).is_some() {
                    response.status(Status::BAD_REQUEST);
                }
            }
            FormPart::Data(bytes) if name.is_open => {
                let kept = name.bytes.get_or_insert_default();
                if kept.len() + bytes.len() > LONGEST_NAME {
                    response.status(Status::BAD_REQUEST);
                } else if wm_sys::heap::try_extend(kept, bytes).is_err() {
                    response.status(Status::SERVICE_UNAVAILABLE);
                }
            }
            FormPart::Data(_) | FormPart::End => {}
        }
    }

    fn end(&mut self, name: &mut Name, response: &mut Response<'_>) {
        match &name.bytes {
            Some(bytes) => response.send(Status::OK, "text/plain; charset=utf-8", bytes),
            None => response.status(Status::BAD_REQUEST),
        }
    }
}

/// Takes the file `firmware`. In place of a flash memory there is a sum.
struct Update;

#[derive(Default)]
struct Firmware {
    is_open: bool,
    length: u64,
    sum: u64,
}

impl FormHandler for Update {
    type Form = Firmware;

    fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<Firmware> {
        Some(Firmware::default())
    }

    fn part(&mut self, firmware: &mut Firmware, part: FormPart<'_>, _response: &mut Response<'_>) {
        match part {
            FormPart::Field(field) => {
                firmware.is_open = field.name == "firmware" && field.file_name.is_some();
                log::info!("{}: {:?}", field.name, field.file_name);
            }
            FormPart::Data(bytes) if firmware.is_open => {
                firmware.length += bytes.len() as u64;
                firmware.sum += bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
            }
            FormPart::Data(_) | FormPart::End => {}
        }
    }

    fn end(&mut self, firmware: &mut Firmware, response: &mut Response<'_>) {
        // A form without the file, or in which none was chosen.
        if firmware.length == 0 {
            return response.status(Status::BAD_REQUEST);
        }
        let mut text = Text { bytes: [0; 48], length: 0 };
        match write!(text, "{} bytes, sum {}", firmware.length, firmware.sum) {
            Ok(()) => {
                response.send(Status::OK, "text/plain", text.bytes.get(..text.length).unwrap_or_default())
            }
            Err(fmt::Error) => response.status(Status::INTERNAL_SERVER_ERROR),
        }
    }

    fn body_limit(&self, _limits: &Limits) -> u64 {
        FLASH
    }
}

/// A line of text.
struct Text {
    bytes: [u8; 48],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = self.bytes.get_mut(self.length..).and_then(|rest| rest.get_mut(..text.len()));
        place.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

pub fn routes() -> Result<Routes, RouteError> {
    Routes::new()
        .get("/{*path}", BasicAuth::new("settings", is_owner, Files::new(&WEB)))?
        .post("/name", BasicAuth::new("settings", is_owner, Guarded::by(OwnPages, FormBody(Rename))))?
        .post("/update", BasicAuth::new("settings", is_owner, Guarded::by(OwnPages, FormBody(Update))))?
        // For tools, and without TLS: nobody who listens learns the password.
        .post(
            "/digest/update",
            DigestAuth::new("settings", knows_password, Guarded::by(OwnPages, FormBody(Update))),
        )
}
