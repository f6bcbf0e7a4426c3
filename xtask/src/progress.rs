//! What a person sees while steps run: a spinner on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// One running step on the screen.
pub(crate) struct Progress {
    title: String,
    spinner: Option<ProgressBar>,
    started: Instant,
}

impl Progress {
    /// Shows that step `number` of `count` has begun.
    pub(crate) fn start(number: usize, count: usize, name: &str, shows: &str) -> Self {
        let title = format!("[{number:>2}/{count}] {name:<13} {shows}");
        let spinner = std::io::stdout().is_terminal().then(|| spinner(&title));
        if spinner.is_none() {
            println!("{title} ...");
        }
        Self { title, spinner, started: Instant::now() }
    }

    /// Shows how it ended.
    pub(crate) fn finish(self, verdict: &str) {
        if let Some(spinner) = self.spinner {
            spinner.finish_and_clear();
        }
        println!("{}: {verdict} ({})", self.title, seconds(self.started.elapsed()));
    }
}

fn spinner(title: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}");
    let spinner = ProgressBar::new_spinner().with_message(title.to_owned());
    spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A duration for people: `4.2 s`, `3 min 05 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..60 => format!("{:.1} s", duration.as_secs_f32()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}
