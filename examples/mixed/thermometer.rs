//! The half of a firmware that is Rust: what C measures, as a page and live, at the port that C serves.
//!
//! `cargo xtask staticlib --manifest examples/mixed/Cargo.toml --keep 'thermometer_*'` makes the library of both halves' server.

#![no_std]

use core::ffi::c_int;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicI32, Ordering};

use wm_websockets::capi::{self, lws_context};
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Context, Protocol, Response, Services, SlowPolicy, Socket};
use wm_websockets::ws::Message;

/// In tenths of a degree.
static LATEST: AtomicI32 = AtomicI32::new(0);

/// See thermometer.h.
///
/// # Safety
/// `context` is NULL or valid, and served by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn thermometer_begin(context: *mut lws_context, port: u16) -> c_int {
    let add = |context: &mut Context| {
        let mut routes = context.routes(port)?;
        routes.get("/reading", reading).and_then(|()| routes.websocket("/live", Live)).ok()
    };
    // SAFETY: the caller vouches for it.
    match unsafe { capi::with_context(context, add) } {
        Some(Some(())) => 0,
        _ => -1,
    }
}

/// See thermometer.h.
///
/// # Safety
/// `context` is NULL or valid, and served by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn thermometer_measured(context: *mut lws_context, tenths: c_int) -> c_int {
    LATEST.store(tenths, Ordering::Relaxed);
    // Who is slow hears the next one.
    let tell =
        |services: &mut Services<'_>| services.broadcast("/live", Line::latest().message(), SlowPolicy::Drop);
    // SAFETY: the caller vouches for it.
    unsafe { capi::with_services(context, tell) }.map_or(-1, |heard| heard as c_int)
}

fn reading(_request: &Request<'_>, response: &mut Response<'_>) {
    response.json(Line::latest().as_str());
}

/// Says the latest reading at once, and each from then on.
struct Live;

impl Protocol for Live {
    type Session = ();

    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn opened(&mut self, _session: &mut (), socket: &mut Socket<'_>) {
        socket.send(Line::latest().message()).ok();
    }
}

/// A reading as a text, in no heap.
struct Line {
    bytes: [u8; 16],
    length: usize,
}

impl Line {
    fn latest() -> Self {
        let tenths = LATEST.load(Ordering::Relaxed);
        let mut line = Line { bytes: [0; 16], length: 0 };
        let sign = if tenths < 0 { "-" } else { "" };
        let (degrees, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        // 12 characters at most.
        write!(line, "{sign}{degrees}.{tenth}").ok();
        line
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }

    fn message(&self) -> Message<'_> {
        Message::Text(self.as_str())
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.length..).and_then(|rest| rest.get_mut(..text.len()));
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

/// Says where it is, and stops.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    log::error!("{info}");
    loop {
        core::hint::spin_loop();
    }
}
