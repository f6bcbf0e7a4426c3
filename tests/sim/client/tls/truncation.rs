//! What an attacker on the way can do without a key: end the connection early.

use wm_websockets::client::{ClientError, Request, ResponseHandler};

use super::super::Events;
use super::*;

struct Download(Events);

impl ResponseHandler for Download {
    fn body(&mut self, bytes: &[u8]) {
        self.0.note(|| format!("{} bytes", bytes.len()));
    }
    fn done(&mut self, result: Result<(), &ClientError>) {
        self.0.note(|| match result {
            Ok(()) => "done".into(),
            Err(error) => format!("{:?} {:?}", error.step, error.cause),
        });
    }
}

/// Of a body that ends with the connection nothing but the server's word says that it is whole (RFC 9112 section 9.8).
#[test]
fn a_body_that_ends_with_the_connection_is_whole_if_the_server_says_so() {
    for version in [Version::Tls13, Version::Tls12] {
        for (has_said_so, expected) in [(true, "done"), (false, "Body Ended")] {
            let mut tls = Tls::new();
            let issued = tls.authority.issue(&["secure.example"]);
            let (client, config) = (tls.config(|builder| builder), tls.server(&issued, version));
            let events = Events::default();
            let options = ConnectOptions::new("https://secure.example:9000/").expect("a URL").tls(&client);
            let download = Download(events.clone());
            heap::of_device(|| tls.world.device.fetch(options, Request::GET, download)).expect("a client");
            let socket = tls.world.peer.listen(SERVICE);
            let answer = Some("HTTP/1.1 200 OK\r\n\r\nhalf");
            let mut server = TlsServer { answer, ..TlsServer::new(socket, &config) };
            let Tls { world, names, .. } = &mut tls;
            world.run_until(|world| {
                names.serve(&mut world.peer, |_| Manner::Address(GATEWAY_ADDRESS));
                server.pump(world);
                events.has("4 bytes")
            });
            if has_said_so {
                server.session.close(&mut server.ends).expect("a session that goes on");
                server.pump(world);
            }
            world.peer.close(socket);
            world.run_until(|_| events.all().len() > 1);
            assert_eq!(events.all()[1], expected, "{version:?}");
        }
    }
}
