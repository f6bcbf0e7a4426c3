//! The device's network on this machine, and the end by Ctrl-C.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use log::LevelFilter;

#[derive(Clone)]
pub enum Network {
    User,
    Tap(String),
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "user" => Ok(Network::User),
            Some(("tap", name)) if !name.is_empty() => Ok(Network::Tap(name.to_string())),
            _ => Err("expected `user` or `tap:NAME`".to_string()),
        }
    }
}

/// A flag that Ctrl-C sets.
pub fn stop_on_interrupt() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::Relaxed);
        wm_sys::wake();
    })?;
    Ok(stop)
}

pub fn start_log(verbose: u8, quiet: bool) {
    let level = match verbose {
        _ if quiet => LevelFilter::Error,
        0 => LevelFilter::Warn,
        1 => LevelFilter::Info,
        _ => LevelFilter::Trace,
    };
    env_logger::Builder::new().filter_level(level).parse_default_env().init();
}
