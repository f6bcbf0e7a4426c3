//! A network namespace with a TAP interface in it: made for one measurement, and removed with it.

use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// The interface in it. Its address is the gateway of `InterfaceConfig::USER_NETWORK`.
pub(crate) const TAP: &str = "tap0";
const GATEWAY: &str = "10.0.2.2/24";

/// A namespace of ours. Dropping it removes it, and the interface with it.
pub(crate) struct Namespace<'w> {
    workspace: &'w Workspace,
    name: String,
}

impl<'w> Namespace<'w> {
    /// Makes one, which needs root.
    pub(crate) fn create(workspace: &'w Workspace, log: &mut Log) -> Result<Self> {
        ensure!(
            rustix::process::geteuid().is_root(),
            "a network namespace is made by root only: run as root, or leave this part out with `--only instructions`"
        );
        let name = format!("wm-bench-{}", std::process::id());
        log.run(workspace.command("ip").args(["netns", "add", &name]))?;
        let namespace = Self { workspace, name };
        for arguments in [
            &["tuntap", "add", TAP, "mode", "tap"][..],
            &["address", "add", GATEWAY, "dev", TAP],
            &["link", "set", TAP, "up"],
        ] {
            log.run(namespace.command("ip").args(arguments)).context("the TAP interface cannot be made")?;
        }
        Ok(namespace)
    }

    /// A command that runs inside.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = self.workspace.command("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        // What is left of it if this fails is an empty namespace with our process's number.
        let _ = self.workspace.command("ip").args(["netns", "delete", &self.name]).status();
    }
}
