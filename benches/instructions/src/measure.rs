//! What callgrind collects: it switches at the entry to and the exit from each of these two functions, by their names.

use std::hint::black_box;

/// Collected.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn device_at_work(run: &mut dyn FnMut()) {
    run();
    // Two functions with the same code may become one, or one a jump to the other.
    black_box(1);
}

/// Not collected, when called by what is.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn outside_the_device(run: &mut dyn FnMut()) {
    run();
    black_box(2);
}

/// Runs `run` uncollected.
pub fn outside<R>(run: impl FnOnce() -> R) -> R {
    #[cfg(feature = "heap-by-owner")]
    let run = || crate::heap::counted(false, run);
    let (mut run, mut result) = (Some(run), None);
    outside_the_device(&mut || result = run.take().map(|run| run()));
    result.expect("it ran")
}

/// Runs a part of the device outside of [`device_at_work`]: its start.
pub fn inside<R>(run: impl FnOnce() -> R) -> R {
    #[cfg(feature = "heap-by-owner")]
    let run = || crate::heap::counted(true, run);
    run()
}
