//! What a firmware reports about itself.

use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// How such a line starts.
pub(crate) const START: &str = "report ";

/// Nanoseconds between two ticks of the board's clock.
const TICK: u64 = 40;

/// QEMU's `-icount shift`: an instruction takes 2^SHIFT ns of virtual time.
pub(crate) const SHIFT: u32 = 6;

/// Heap, stacks and time of a firmware; bytes and ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) heap_used: u64,
    pub(crate) heap_peak: u64,
    pub(crate) heap_refused: u64,
    pub(crate) stack_peak: u64,
    /// Of the task that does handshakes, where there is one.
    pub(crate) worker_stack_peak: Option<u64>,
    pub(crate) handler_stack_peak: u64,
    busy_ticks: u64,
    asleep_ticks: u64,
    longest_pass_ticks: u64,
}

impl Report {
    /// Reads `report key=value ...`.
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let pairs = line.split_whitespace().filter_map(|word| word.split_once('='));
        let values: BTreeMap<&str, &str> = pairs.collect();
        let value = |key: &str| -> Result<u64> {
            let value = values.get(key).with_context(|| format!("no {key} in `{line}`"))?;
            value.parse().with_context(|| format!("{key} is {value}"))
        };
        Ok(Self {
            heap_used: value("heap_used")?,
            heap_peak: value("heap_peak")?,
            heap_refused: value("heap_refused")?,
            stack_peak: value("stack_peak")?,
            worker_stack_peak: value("worker_stack_peak").ok().filter(|&peak| peak > 0),
            handler_stack_peak: value("handler_stack_peak")?,
            busy_ticks: value("busy_ticks")?,
            asleep_ticks: value("asleep_ticks")?,
            longest_pass_ticks: value("longest_pass_ticks")?,
        })
    }

    /// Instructions executed since counting began, under `-icount`.
    pub(crate) fn instructions(&self) -> u64 {
        instructions(self.busy_ticks)
    }

    /// Instructions of the longest pass since counting began: how long a client may have waited for another.
    pub(crate) fn longest_pass(&self) -> u64 {
        instructions(self.longest_pass_ticks)
    }

    /// Virtual seconds since counting began.
    pub(crate) fn seconds(&self) -> f64 {
        ((self.busy_ticks + self.asleep_ticks) * TICK) as f64 * 1e-9
    }
}

/// What is executed in so many ticks of the board's clock, under `-icount`.
pub(crate) fn instructions(ticks: u64) -> u64 {
    (ticks * TICK) >> SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "report heap_used=3012 heap_peak=4000 heap_size=98292 heap_refused=0 stack_peak=4888 \
                        stack_size=8192 handler_stack_peak=8 handler_stack_size=1024 busy_ticks=16 \
                        asleep_ticks=24999984 wakeups=17 longest_pass_ticks=8";

    #[test]
    fn a_line_is_read() {
        let report = Report::parse(LINE).unwrap();
        assert_eq!((report.heap_used, report.stack_peak), (3012, 4888));
        assert_eq!((report.instructions(), report.longest_pass()), (10, 5));
        assert!((report.seconds() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_line_that_lacks_something_is_an_error() {
        assert!(Report::parse(&LINE.replace("busy_ticks", "idle_ticks")).is_err());
    }
}
