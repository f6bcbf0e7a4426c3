//! A step's log file: what it ran, and what that said.

use crate::process::{self, shown};
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Display;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// No single command of a step takes longer than this unless it hangs.
const COMMAND_LIMIT: Duration = Duration::from_secs(25 * 60);

/// Lines of a failed step's log that are shown.
const TAIL: usize = 60;

/// The log of one step.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// Commands that are waited for run [aside](process::aside).
    is_aside: bool,
}

impl Log {
    /// An empty log at `path`.
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        let open = || {
            fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            File::create(&path)?;
            // Append mode: we and our children write to one file without overwriting each other.
            File::options().append(true).open(&path)
        };
        let file = open().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path, file, is_aside: false })
    }

    /// The log of what makes room for others.
    pub(crate) fn aside(self) -> Self {
        Self { is_aside: true, ..self }
    }

    /// Where the log is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line of our own.
    pub(crate) fn note(&mut self, line: impl Display) -> Result<()> {
        Ok(writeln!(self.file, "{line}")?)
    }

    /// A place for a child's output.
    pub(crate) fn sink(&self) -> Result<Stdio> {
        Ok(self.writer()?.into())
    }

    /// A second handle, for a thread that copies a child's output.
    pub(crate) fn writer(&self) -> Result<File> {
        Ok(self.file.try_clone()?)
    }

    /// Runs a command that must succeed.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        let status = self.status(command)?;
        ensure!(status.success(), "`{}` ended with {status}", shown(command));
        Ok(())
    }

    /// Runs a command that may fail.
    pub(crate) fn status(&mut self, command: &mut Command) -> Result<ExitStatus> {
        self.note(format_args!("$ {}", shown(command)))?;
        let mut aside = self.is_aside.then(|| process::aside(command));
        let run = aside.as_mut().unwrap_or(command);
        run.stdin(Stdio::null()).stdout(self.sink()?).stderr(self.sink()?);
        let mut child = run.spawn().with_context(|| format!("cannot start `{}`", shown(run)))?;
        if let Some(status) = process::wait(&mut child, COMMAND_LIMIT)? {
            return Ok(status);
        }
        child.kill()?;
        child.wait()?;
        bail!("`{}` was stopped after {} minutes", shown(command), COMMAND_LIMIT.as_secs() / 60)
    }

    /// Runs commands side by side, all of which must succeed; the first that does not is named, once all have ended.
    pub(crate) fn run_together(&mut self, commands: &mut [Command]) -> Result<()> {
        let mut children = Vec::new();
        for command in commands.iter_mut() {
            self.note(format_args!("$ {} &", shown(command)))?;
            command.stdin(Stdio::null()).stdout(self.sink()?).stderr(self.sink()?);
            children.push(command.spawn().with_context(|| format!("cannot start `{}`", shown(command)))?);
        }
        let ends: Vec<_> = children.iter_mut().map(|child| child.wait()).collect();
        for (command, end) in commands.iter().zip(ends) {
            let status = end?;
            ensure!(status.success(), "`{}` ended with {status}", shown(command));
        }
        Ok(())
    }

    /// Runs commands side by side, and returns what each printed on its standard output. For commands that bound their own time.
    pub(crate) fn outputs_together(&mut self, commands: &mut [Command]) -> Result<Vec<String>> {
        let mut children = Vec::new();
        for command in commands.iter_mut() {
            self.note(format_args!("$ {} &", shown(command)))?;
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(self.sink()?);
            children.push(command.spawn().with_context(|| format!("cannot start `{}`", shown(command)))?);
        }
        // What they print fits into a pipe, so that none waits for its turn to be read.
        let outputs: Vec<_> = children.into_iter().map(Child::wait_with_output).collect();
        let mut texts = Vec::new();
        for output in outputs {
            texts.push(String::from_utf8_lossy(&output?.stdout).into_owned());
            self.note(&texts[texts.len() - 1])?;
        }
        Ok(texts)
    }

    /// Runs a command and returns what it printed, both streams. For commands that bound their own time.
    pub(crate) fn output(&mut self, command: &mut Command) -> Result<(ExitStatus, String)> {
        self.note(format_args!("$ {}", shown(command)))?;
        let output = command.stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot start `{}`", shown(command)))?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        self.note(&text)?;
        Ok((output.status, text))
    }

    /// The same for output that is too long for the log.
    pub(crate) fn quiet_output(&mut self, command: &mut Command) -> Result<(ExitStatus, String)> {
        self.note(format_args!("$ {}", shown(command)))?;
        let output = command.stdin(Stdio::null()).stderr(self.sink()?).output();
        let output = output.with_context(|| format!("cannot start `{}`", shown(command)))?;
        Ok((output.status, String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// The same of a command that must succeed.
    pub(crate) fn text(&mut self, command: &mut Command) -> Result<String> {
        let (status, text) = self.quiet_output(command)?;
        ensure!(status.success(), "`{}` ended with {status}", shown(command));
        Ok(text)
    }

    /// The last lines of the log.
    pub(crate) fn tail(&self) -> String {
        let text = fs::read(&self.path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }
}
