//! Forms: files of any length in bounded memory, and what is no form.

use std::cell::Cell;
use std::rc::Rc;

use wm_websockets::http::{FormPart, Request};
use wm_websockets::server::{Context, FormBody, FormHandler, Limits, Response, Routes};

use crate::heap;
use crate::http_client::HttpClient;
use crate::world::World;

/// Counts the bytes of all values, and the forms that are alive.
#[derive(Clone, Default)]
struct Count {
    alive: Rc<Cell<u32>>,
}

struct Counting {
    alive: Rc<Cell<u32>>,
    bytes: usize,
    fields: usize,
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.alive.set(self.alive.get() - 1);
    }
}

impl FormHandler for Count {
    type Form = Counting;

    fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<Counting> {
        self.alive.set(self.alive.get() + 1);
        Some(Counting { alive: self.alive.clone(), bytes: 0, fields: 0 })
    }

    fn part(&mut self, form: &mut Counting, part: FormPart<'_>, response: &mut Response<'_>) {
        match part {
            FormPart::Field(field) if field.name == "enough" => response.text("enough"),
            FormPart::Field(_) => form.fields += 1,
            FormPart::Data(bytes) => form.bytes += bytes.len(),
            FormPart::End => {}
        }
    }

    fn end(&mut self, form: &mut Counting, response: &mut Response<'_>) {
        response.text(&format!("{} {}", form.fields, form.bytes));
    }

    fn body_limit(&self, _limits: &Limits) -> u64 {
        4 << 20
    }
}

fn serving(count: Count) -> World<Context> {
    World::server(Routes::new().post("/form", FormBody(count)).expect("a route"))
}

fn post(content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /form HTTP/1.1\r\nHost: device\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

fn file(content: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n{content}\r\n--b--\r\n")
}

#[test]
fn a_file_of_a_mebibyte_goes_past_in_the_memory_of_its_name() {
    let count = Count::default();
    let mut world = serving(count.clone());
    let mut client = HttpClient::connected(&mut world);
    // A carriage return in each segment, and lines that nearly end the part.
    let content = "0123456789\r\n--a".repeat((1 << 20) / 15);
    let request = post(MULTIPART, &file(&content));
    let before = heap::live();
    let mut status = 0;
    let peak = heap::peak_of(|| {
        let reply = client.ask(&mut world, &request);
        assert_eq!(reply.text(), format!("1 {}", content.len()));
        status = reply.status;
    });
    assert_eq!(status, 200);
    assert!(peak - before < 24_000, "{} bytes", peak - before);
    assert_eq!(count.alive.get(), 0);
}

#[test]
fn what_is_no_form_gets_a_status_and_the_connection_persists() {
    let mut world = serving(Count::default());
    let mut client = HttpClient::connected(&mut world);
    for (content_type, body, expected) in [
        (URLENCODED, "a=b&c=d", (200, "2 2")),
        (URLENCODED, "a=%", (400, "Bad Request")),
        (URLENCODED, "a=%zz&b=c", (400, "Bad Request")),
        ("application/json", "{}", (415, "Unsupported Media Type")),
        ("multipart/form-data", "--b--", (415, "Unsupported Media Type")),
        (MULTIPART, "--b", (400, "Bad Request")),
        (MULTIPART, "--b\r\n\r\nvalue\r\n--b--\r\n", (400, "Bad Request")),
        (MULTIPART, &file("x"), (200, "1 1")),
        (URLENCODED, "enough&a=%zz", (200, "enough")),
        (URLENCODED, "enough", (200, "enough")),
    ] {
        let reply = client.ask(&mut world, post(content_type, body));
        assert_eq!((reply.status, reply.text()), expected, "{content_type} {body}");
    }
    assert_eq!(world.device.counters().accepted, 1);
}

#[test]
fn a_client_that_vanishes_amid_a_file_leaves_nothing() {
    let count = Count::default();
    let mut world = serving(count.clone());
    let client = HttpClient::connected(&mut world);
    let request = post(MULTIPART, &file("never complete"));
    client.send(&mut world, &request[..request.len() - 20]);
    world.run_until(|_| count.alive.get() == 1);
    world.peer.abort(client.socket);
    world.run_until(|_| count.alive.get() == 0);
    world.expect_all_freed();
}
