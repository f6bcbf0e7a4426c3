//! Lines in the log, by the macro `log_line`.

use core::fmt::Arguments;

use log::{Level, Record};

/// As the macros of `log`, but for file and line: these, and handing them over, take a hundred bytes of flash for each place that logs.
macro_rules! log_line {
    ($level:ident, $($arguments:tt)+) => {
        if ::log::Level::$level <= ::log::STATIC_MAX_LEVEL {
            $crate::log_line::write(::log::Level::$level, ::core::module_path!(), ::core::format_args!($($arguments)+));
        }
    };
}

/// Gives the logger a line of a module, if it is of a level that is wanted.
#[cold]
#[inline(never)]
pub(crate) fn write(level: Level, module: &'static str, arguments: Arguments<'_>) {
    if level <= log::max_level() {
        let mut record = Record::builder();
        record.level(level).target(module).module_path_static(Some(module)).args(arguments);
        log::logger().log(&record.build());
    }
}
