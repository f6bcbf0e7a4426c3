//! What callgrind collects: it switches at the entry to and the exit from each of these two functions, by their names.

/// Collected.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn device_at_work(run: &mut dyn FnMut()) {
    run();
}

/// Not collected, when called by what is.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn outside_the_device(run: &mut dyn FnMut()) {
    run();
}

/// Runs `run` uncollected.
pub fn outside<R>(run: impl FnOnce() -> R) -> R {
    let (mut run, mut result) = (Some(run), None);
    outside_the_device(&mut || result = run.take().map(|run| run()));
    result.expect("it ran")
}
