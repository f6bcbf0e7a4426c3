//! `lwsl_...` and `lws_set_log_level`; the lines of this library itself go the same way.

use core::ffi::{c_char, c_int, c_uint, c_void};
use core::fmt::Write as _;
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

use log::{Level, LevelFilter, Log, Metadata, Record};

use super::abi::{
    LLL_DEBUG, LLL_ERR, LLL_EXT, LLL_HEADER, LLL_INFO, LLL_LATENCY, LLL_NOTICE, LLL_PARSER, LLL_THREAD,
    LLL_USER, LLL_WARN, lws_log_cx, lws_log_cx_t, lws_log_emit_t, lws_log_prepend_cx_t,
};
use super::boundary::{Cursor, TextBuffer, bytes, int, text};
use super::encoding::digit;
use super::export;

/// What is logged before anybody says otherwise.
pub(super) const DEFAULT_LEVELS: c_int = (LLL_ERR | LLL_WARN | LLL_NOTICE | LLL_USER) as c_int;

/// The longest line: what stands in front, 255 characters, line end and zero byte.
const LINE: usize = 288;

static LEVELS: AtomicI32 = AtomicI32::new(DEFAULT_LEVELS);

/// The firmware's sink, an `lws_log_emit_t`; null: the platform's.
static EMIT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

fn is_visible(level: c_int) -> bool {
    LEVELS.load(Ordering::Relaxed) & level != 0
}

/// The letter of a level.
fn letter(level: c_int) -> u8 {
    const LETTERS: [(c_uint, u8); 11] = [
        (LLL_ERR, b'E'),
        (LLL_WARN, b'W'),
        (LLL_NOTICE, b'N'),
        (LLL_INFO, b'I'),
        (LLL_DEBUG, b'D'),
        (LLL_PARSER, b'P'),
        (LLL_HEADER, b'H'),
        (LLL_EXT, b'X'),
        (LLL_LATENCY, b'L'),
        (LLL_USER, b'U'),
        (LLL_THREAD, b'T'),
    ];
    LETTERS.iter().find(|(bit, _)| level & *bit as c_int != 0).map_or(b'C', |(_, letter)| *letter)
}

/// What stands in front of a line.
fn prefix(level: c_int, line: &mut TextBuffer) {
    let now = wm_sys::now().as_millis();
    let _ = line
        .push(b"[")
        .and_then(|()| line.push_number(now / 1_000))
        .and_then(|()| line.push(b"."))
        .and_then(|()| line.push_thousandths((now % 1_000) as u32))
        .and_then(|()| line.push(&[b']', b' ', letter(level), b':', b' ']));
}

/// Gives one line to the firmware's sink, or to the platform's.
fn emit(level: c_int, text: &[u8]) {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let sink = EMIT.load(Ordering::Acquire);
    if sink.is_null() {
        return to_platform(level, text);
    }
    let mut line = [0; LINE];
    // SAFETY: the array is written through this buffer alone.
    let mut buffer = unsafe { TextBuffer::new(line.as_mut_ptr().cast(), LINE - 1) };
    prefix(level, &mut buffer);
    buffer.push_what_fits(text);
    let length = buffer.len();
    line[length..length + 2].copy_from_slice(b"\n\0");
    // SAFETY: only `lws_set_log_level` stores there, and it stores functions of this type.
    let sink: unsafe extern "C" fn(c_int, *const c_char) = unsafe { mem::transmute(sink) };
    // SAFETY: a line with its zero byte, which is what the firmware's function takes.
    unsafe { sink(level, line.as_ptr().cast()) };
}

#[cfg(feature = "host")]
fn to_platform(level: c_int, text: &[u8]) {
    let mut front = [0; 40];
    // SAFETY: the array is written through this buffer alone.
    let mut buffer = unsafe { TextBuffer::new(front.as_mut_ptr().cast(), front.len()) };
    prefix(level, &mut buffer);
    let front = alloc::string::String::from_utf8_lossy(&front[..buffer.len()]);
    std::eprintln!("{front}{}", alloc::string::String::from_utf8_lossy(text));
}

#[cfg(not(feature = "host"))]
fn to_platform(level: c_int, text: &[u8]) {
    let record_level = match level as c_uint {
        LLL_ERR => Level::Error,
        LLL_WARN => Level::Warn,
        LLL_INFO => Level::Info,
        LLL_DEBUG => Level::Debug,
        _ => Level::Info,
    };
    platform_log(record_level, text);
}

#[cfg(all(not(feature = "host"), feature = "c-port"))]
fn platform_log(level: Level, text: &[u8]) {
    wm_sys::c_port::log_line(level, &[b"lws: ", text]);
}

#[cfg(all(not(feature = "host"), not(feature = "c-port")))]
fn platform_log(_: Level, _: &[u8]) {}

/// The library's own lines.
struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_visible(bit(metadata.level()))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut line = [0; LINE];
        // SAFETY: the array is written through this buffer alone.
        let mut buffer = unsafe { TextBuffer::new(line.as_mut_ptr().cast(), LINE) };
        // What does not fit is left out.
        let _ = write!(buffer, "{}", record.args());
        let length = buffer.len();
        emit(bit(record.level()), &line[..length]);
    }

    fn flush(&self) {}
}

/// The level of libwebsockets that a level of this library is.
fn bit(level: Level) -> c_int {
    let bit = match level {
        Level::Error => LLL_ERR,
        Level::Warn => LLL_WARN,
        Level::Info => LLL_INFO,
        Level::Debug => LLL_DEBUG,
        Level::Trace => LLL_PARSER,
    };
    bit as c_int
}

/// Makes this the program's logger, unless it has one.
pub(super) fn install() {
    let levels = LEVELS.load(Ordering::Relaxed);
    let filter = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error]
        .into_iter()
        .find(|level| levels & bit(*level) != 0)
        .map_or(LevelFilter::Off, |level| level.to_level_filter());
    critical_section::with(|_| {
        // SAFETY: the critical section keeps everybody else from setting a logger or a level meanwhile. A second call is
        // refused, and the level set all the same.
        unsafe {
            let _ = log::set_logger_racy(&Logger);
            log::set_max_level_racy(filter);
        }
    });
}

/// Writes an object's name at a cursor of C, if there is one and it fits.
///
/// # Safety
/// `p` and `e` are NULL or valid, `name` is NULL or a C string.
unsafe fn prepend(name: *const c_char, p: *mut *mut c_char, e: *mut c_char) {
    // SAFETY: the caller vouches for them.
    let (name, cursor) = unsafe { (text(name), Cursor::new(p.cast(), e.cast())) };
    if let (Some(name), Some(mut cursor)) = (name, cursor) {
        let _ = cursor.push(&[name, b": "]);
    }
}

export! {
    fn lws_set_log_level(level: c_int, log_emit_function: lws_log_emit_t) {
        LEVELS.store(level, Ordering::Relaxed);
        if let Some(sink) = log_emit_function {
            EMIT.store(sink as *mut c_void, Ordering::Release);
        }
        install();
    }

    fn lwsl_visible(level: c_int) -> c_int {
        c_int::from(is_visible(level))
    }

    fn lwsl_timestamp(level: c_int, p: *mut c_char, len: usize) -> c_int {
        // SAFETY: `len` bytes by contract.
        let mut buffer = unsafe { TextBuffer::new(p, len) };
        prefix(level, &mut buffer);
        int(buffer.len())
    }

    fn lwsl_emit_stderr(level: c_int, line: *const c_char) {
        // SAFETY: a C string by contract.
        if let Some(line) = unsafe { super::boundary::text(line) } {
            write_line(level, line);
        }
    }

    fn lwsl_emit_stderr_notimestamp(level: c_int, line: *const c_char) {
        // SAFETY: a C string by contract.
        if let Some(line) = unsafe { super::boundary::text(line) } {
            let text = line.splitn(2, |&byte| byte == b']').nth(1).unwrap_or(line);
            write_line(level, text.trim_ascii_start());
        }
    }

    fn lwsl_emit_syslog(level: c_int, line: *const c_char) {
        // SAFETY: passed on.
        unsafe { lwsl_emit_stderr(level, line) };
    }

    fn lwsl_hexdump_level(level: c_int, vbuf: *const c_void, len: usize) {
        if !is_visible(level) {
            return;
        }
        // SAFETY: `len` bytes by contract.
        let dumped = unsafe { bytes(vbuf.cast(), len) };
        for (row, piece) in dumped.chunks(16).enumerate() {
            emit(level, &dump_row(row * 16, piece));
        }
    }

    fn lwsl_hexdump(buf: *const c_void, len: usize) {
        // SAFETY: passed on.
        unsafe { lwsl_hexdump_level(LLL_DEBUG as c_int, buf, len) };
    }

    fn lwsl_hexdump_level_cx(
        cx: *mut lws_log_cx_t,
        prep: lws_log_prepend_cx_t,
        obj: *mut c_void,
        hexdump_level: c_int,
        vbuf: *const c_void,
        len: usize,
    ) {
        // All lines go one way, and those of a dump need no name each.
        let _ = (cx, prep, obj);
        // SAFETY: passed on.
        unsafe { lwsl_hexdump_level(hexdump_level, vbuf, len) };
    }

    fn lws_log_prepend_context(cx: *mut lws_log_cx, obj: *mut c_void, p: *mut *mut c_char, e: *mut c_char) {
        let _ = (cx, obj);
        // SAFETY: valid by contract, here and in the functions below. There is one context.
        unsafe { prepend(c"lws".as_ptr(), p, e) };
    }

    fn lws_log_prepend_vhost(cx: *mut lws_log_cx, obj: *mut c_void, p: *mut *mut c_char, e: *mut c_char) {
        let _ = cx;
        // SAFETY: as above.
        unsafe { prepend(super::vhost::lws_get_vhost_name(obj.cast()), p, e) };
    }

    fn lws_log_prepend_wsi(cx: *mut lws_log_cx, obj: *mut c_void, p: *mut *mut c_char, e: *mut c_char) {
        let _ = cx;
        // SAFETY: as above.
        unsafe { prepend(super::wsi::lws_wsi_tag(obj.cast()), p, e) };
    }
}

/// A line that was composed already.
fn write_line(level: c_int, line: &[u8]) {
    #[cfg(feature = "host")]
    {
        let _ = level;
        std::eprint!("{}", alloc::string::String::from_utf8_lossy(line));
    }
    #[cfg(not(feature = "host"))]
    to_platform(level, line.strip_suffix(b"\n").unwrap_or(line));
}

/// `0010: 48 65 6c ...`, and the bytes as text behind.
fn dump_row(offset: usize, piece: &[u8]) -> [u8; 71] {
    let mut row = [b' '; 71];
    for (place, shift) in [12, 8, 4, 0].into_iter().enumerate() {
        row[place] = digit((offset >> shift & 15) as u8);
    }
    row[4] = b':';
    for (column, &byte) in piece.iter().enumerate() {
        row[6 + column * 3] = digit(byte >> 4);
        row[7 + column * 3] = digit(byte & 15);
        row[55 + column] = if byte.is_ascii_graphic() || byte == b' ' { byte } else { b'.' };
    }
    row
}

/// For variadic.c: one line of C.
///
/// # Safety
/// `length` bytes at `line`.
#[unsafe(no_mangle)]
unsafe extern "C" fn wm_capi_log(level: c_int, line: *const c_char, length: usize) {
    // SAFETY: the caller vouches for it.
    emit(level, unsafe { bytes(line.cast(), length) });
}
