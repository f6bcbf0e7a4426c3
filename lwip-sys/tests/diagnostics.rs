//! lwIP's messages, formatted without a C library, arrive in the crate `log`.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_long, c_ulong};
use std::ptr;

use log::{Level, LevelFilter, Log, Metadata, Record};
// Links lwIP's port.
use lwip_sys as _;

unsafe extern "C" {
    fn lwip_port_diag(format: *const c_char, ...);
}

struct Collect;

thread_local! {
    static LINES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

impl Log for Collect {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "lwip"
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.with_borrow_mut(|lines| lines.push((record.level(), record.args().to_string())));
        }
    }

    fn flush(&self) {}
}

/// What the messages of `print` became.
fn lines(print: impl FnOnce()) -> Vec<String> {
    // The formatter has one line buffer, as lwIP has one core context.
    static CORE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _core = CORE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let _ = log::set_logger(&Collect);
    log::set_max_level(LevelFilter::Trace);
    print();
    LINES.take().into_iter().map(|(_, line)| line).collect()
}

macro_rules! diag {
    ($format:expr $(, $argument:expr)* $(,)?) => {{
        let printed = lines(|| {
            // SAFETY: each argument has the C type that its conversion names, and strings end with a NUL.
            unsafe { lwip_port_diag(concat!($format, "\n\0").as_ptr().cast() $(, $argument)*) }
        });
        printed.concat()
    }};
}

#[test]
fn strings_and_characters() {
    let text = c"tcp".as_ptr();
    assert_eq!(diag!("plain text"), "plain text");
    assert_eq!(diag!("%s: 100%%", text), "tcp: 100%");
    assert_eq!(diag!("%5s|%c%c", text, c_int::from(b'o'), c_int::from(b'k')), "  tcp|ok");
    assert_eq!(diag!("%s", ptr::null::<c_char>()), "(null)");
}

#[test]
fn decimal_numbers() {
    assert_eq!(diag!("%d %i %u", -1 as c_int, 42 as c_int, u32::MAX), "-1 42 4294967295");
    assert_eq!(diag!("%d", c_int::MIN), "-2147483648");
    assert_eq!(diag!("%ld", c_long::MIN), c_long::MIN.to_string());
    assert_eq!(diag!("%lu %zu", c_ulong::MAX, usize::MAX), format!("{} {}", c_ulong::MAX, usize::MAX));
    assert_eq!(diag!("%hu %hhd", 65535 as c_int, -3 as c_int), "65535 -3");
}

#[test]
fn width_and_zero_padding() {
    assert_eq!(diag!("%5u|%05u|%2u", 42u32, 42u32, 12345u32), "   42|00042|12345");
    assert_eq!(diag!("%5d|%05d", -42 as c_int, -42 as c_int), "  -42|-0042");
}

#[test]
fn hexadecimal_numbers_and_pointers() {
    let pointer = ptr::without_provenance::<u8>(0x2000_0f00);
    assert_eq!(diag!("%x %X %04x %02x", 0xbeefu32, 0xbeefu32, 0xabu32, 0u32), "beef BEEF 00ab 00");
    assert_eq!(diag!("%p %p", pointer, ptr::null::<u8>()), "0x20000f00 0x0");
}

#[test]
fn unknown_conversions_are_printed_as_they_stand() {
    assert_eq!(diag!("100% sure, %f, %"), "100% sure, %f, %");
}

#[test]
fn messages_are_gathered_into_lines() {
    let printed = lines(|| {
        // SAFETY: as in `diag!`.
        unsafe {
            lwip_port_diag(c"flags: ".as_ptr());
            lwip_port_diag(c"%s ".as_ptr(), c"SYN".as_ptr());
            lwip_port_diag(c"ACK\n\nnext\n".as_ptr());
        }
    });
    assert_eq!(printed, ["flags: SYN ACK", "next"]);
}

#[test]
fn a_long_line_is_continued_and_nothing_is_lost() {
    let text = format!("{}\0", "0123456789".repeat(40));
    let printed = lines(|| {
        // SAFETY: as in `diag!`.
        unsafe { lwip_port_diag(c"%s\n".as_ptr(), text.as_ptr()) }
    });
    assert!(printed.len() > 1);
    assert_eq!(printed.concat(), text.trim_end_matches('\0'));
}

#[test]
fn messages_have_level_debug() {
    let _ = diag!("first logger call installs it");
    // SAFETY: as in `diag!`.
    unsafe { lwip_port_diag(c"hello\n".as_ptr()) }
    assert_eq!(LINES.take(), [(Level::Debug, "hello".to_string())]);
}
