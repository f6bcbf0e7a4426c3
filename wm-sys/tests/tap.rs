//! A TAP interface, inside a network namespace that the test makes for itself.

use std::env;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use wm_sys::host::{DEVICE_ADDRESS, Peer, Tap};

const SET_UP: &str = "ip tuntap add tap0 mode tap && ip addr add 10.0.2.2/24 dev tap0 && ip link set tap0 up";

#[test]
fn a_device_on_a_tap_interface_serves_this_machine() {
    if !can_make_namespaces() {
        eprintln!(
            "skipped: needs unshare and ip, and a kernel that grants user namespaces and TAP interfaces"
        );
        return;
    }
    let test = env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-c"])
        .arg(format!("{SET_UP} && exec \"$0\" --ignored --exact inside_the_namespace"))
        .arg(test)
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && report.contains("1 passed"), "{report}");
}

fn can_make_namespaces() -> bool {
    let probe = Command::new("unshare").args(["--map-root-user", "--net", "sh", "-c", SET_UP]).output();
    probe.is_ok_and(|output| output.status.success())
}

#[test]
#[ignore = "run by the test above, in its namespace"]
fn inside_the_namespace() {
    let mut device = Peer::with_address(Tap::open("tap0").unwrap(), DEVICE_ADDRESS);
    let socket = device.listen(80);
    let client = thread::spawn(|| {
        let mut client = TcpStream::connect((DEVICE_ADDRESS, 80)).unwrap();
        client.write_all(&[7; 100_000]).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        answer
    });

    let mut received = 0;
    while !device.is_closed(socket) {
        device.poll(wm_sys::now());
        received += device.recv(socket).len();
        if device.is_finished(socket) && received > 0 {
            device.send(socket, format!("{} bytes", std::mem::take(&mut received)).as_bytes());
            device.close(socket);
        }
        let due = device.poll_at().map(|at| at.saturating_duration_since(wm_sys::now()));
        wm_sys::wait(due.unwrap_or(Duration::MAX)); // a frame ends it, or this test hangs
    }
    assert_eq!(client.join().unwrap(), "100000 bytes");
}
