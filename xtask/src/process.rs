//! Child processes: waiting with a deadline, and asking exactly one to stop.

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// Longest wait between two looks at a program that a person ends; it bounds nothing that a person notices.
pub(crate) const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

/// How often a child is looked at while we wait for it.
const PULSE: Duration = Duration::from_millis(20);

/// A child that ends with this value, and no other process with it.
pub(crate) struct Owned(Child);

impl Owned {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }
}

impl Deref for Owned {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Owned {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Both fail only when the child has ended and was waited for, which is what we want.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for `child` to end. `None`: it still runs after `limit`.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    poll(limit, || child.try_wait())
}

/// Calls `probe` until it has an answer. `None`: it had none within `limit`.
pub(crate) fn poll<T, E>(
    limit: Duration,
    mut probe: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = probe()? {
            return Ok(Some(answer));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(PULSE);
    }
}

/// SIGINT, as Ctrl-C sends it, to this child only.
pub(crate) fn interrupt(child: &Child) -> Result<()> {
    Ok(kill_process(Pid::from_child(child), Signal::INT)?)
}

/// The same command, which does its work where nobody else wants the processor, and ends with the thread that began it.
pub(crate) fn aside(command: &Command) -> Command {
    let mut aside = Command::new("setpriv");
    aside.args(["--pdeathsig", "TERM", "nice", "-n", "19"]);
    aside.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => aside.env(name, value),
            None => aside.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        aside.current_dir(folder);
    }
    aside
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let settings = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), value?.to_string_lossy())));
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| word.to_string_lossy().into_owned());
    settings.chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_aside_is_the_same_command() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "pwd; echo $GIVEN; nice; echo \"$0\"", "a word"])
            .env("GIVEN", "a value")
            .current_dir("/");
        let output = aside(&command).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "/\na value\n19\na word\n");
    }
}
