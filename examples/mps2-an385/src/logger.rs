//! Log records go to the console.

use core::fmt::Write as _;

use log::{LevelFilter, Log, Metadata, Record};

use crate::uart::Console;

struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            _ = writeln!(
                Console,
                "[{}] {:5} {}: {}",
                wm_sys::now(),
                record.level(),
                record.target(),
                record.args()
            );
        }
    }

    fn flush(&self) {}
}

/// Sends records of `level` and above to the console.
pub(crate) fn enable(level: LevelFilter) {
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(level);
    }
}
