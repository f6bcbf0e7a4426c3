//! nginx and HAProxy in front of a device, as products stand behind them: WebSockets and pages pass, plain and with TLS towards the device.

use crate::address::Address;
use crate::judges::servers::Silent;
use crate::judges::{python, tls, wrk};
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A proxy, given the folder for its files, where it is to listen and where the device is.
type Proxy = fn(&Workspace, &Path, Address, Device) -> Result<Command>;

const PROXIES: &[(&str, Proxy)] = &[("nginx", nginx), ("haproxy", haproxy)];

/// Where the device is, and whether it speaks TLS.
#[derive(Clone, Copy)]
struct Device {
    address: Address,
    secure: bool,
}

/// Echoes and pages through each proxy, which keeps connections to the device open and asks for other clients by them.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    for (name, proxy) in PROXIES {
        let folder = workspace.output().join("proxies").join(name);
        fs::create_dir_all(&folder)?;
        let server = Server::start(workspace, log, "websocket_server", &["-q"])?;
        let device = Device { address: server.address(), secure: false };
        through(workspace, log, *proxy, &folder, device, |log, address| {
            python::run(workspace, log, "echo.py", address, &[])?;
            python::run(workspace, log, "crowd.py", address, &["30", "3000"])
        })?;
        server.stop()?;

        let server = Server::start(workspace, log, "demo", &["-q"])?;
        let device = Device { address: server.address(), secure: false };
        through(workspace, log, *proxy, &folder, device, |log, address| {
            python::run(workspace, log, "demo.py", address, &[])
        })?;
        server.stop()?;

        let (server, address) = tls::start(workspace, log, "websocket_server")?;
        let device = Device { address, secure: true };
        through(workspace, log, *proxy, &folder, device, |log, address| {
            python::run(workspace, log, "echo.py", address, &[])
        })?;
        server.stop()?;

        let (server, address) = tls::start(workspace, log, "http_server_post")?;
        let device = Device { address, secure: true };
        through(workspace, log, *proxy, &folder, device, |log, address| wrk::load(workspace, log, address))?;
        server.stop()?;
    }
    Ok(Outcome::Passed)
}

/// Has clients talk to the device through the proxy.
fn through(
    workspace: &Workspace,
    log: &mut Log,
    proxy: Proxy,
    folder: &Path,
    device: Device,
    clients: impl FnOnce(&mut Log, Address) -> Result<()>,
) -> Result<()> {
    let address = Address::free()?;
    let command = proxy(workspace, folder, address, device)?;
    let _proxy = Silent::spawn(command, log, address)?;
    clients(log, address)
}

/// Bodies are passed on while they come, rather than when all of them has: in chunks, where the client says no length.
fn nginx(workspace: &Workspace, folder: &Path, here: Address, device: Device) -> Result<Command> {
    let scheme = if device.secure { "https" } else { "http" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|what| format!("{what}_temp_path {}/{what};\n", folder.display()))
        .collect();
    let settings = format!(
        "daemon off; master_process off; error_log stderr; pid {folder}/pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    {temporary}
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream device {{ server {device}; keepalive 8; }}
    server {{
        listen {here};
        location / {{
            proxy_pass {scheme}://device;
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
}}
",
        folder = folder.display(),
        device = device.address.authority(),
        here = here.authority(),
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, settings)?;
    let mut nginx = workspace.command("/usr/sbin/nginx");
    nginx.arg("-e").arg("stderr").arg("-c").arg(path);
    Ok(nginx)
}

/// Looks every two seconds whether the device answers; where it has WebSockets alone, by saying so.
fn haproxy(workspace: &Workspace, folder: &Path, here: Address, device: Device) -> Result<Command> {
    let tls = if device.secure { "ssl verify none check-ssl" } else { "" };
    let settings = format!(
        "defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
frontend clients
    bind {here}
    default_backend device
backend device
    http-reuse always
    option httpchk GET /
    http-check expect rstatus (200|426)
    server device {device} {tls} check inter 2s
",
        device = device.address.authority(),
        here = here.authority(),
    );
    let path = folder.join("haproxy.cfg");
    fs::write(&path, settings)?;
    let mut haproxy = workspace.command("/usr/sbin/haproxy");
    haproxy.arg("-db").arg("-f").arg(path);
    Ok(haproxy)
}
