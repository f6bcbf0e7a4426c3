//! The name server of the user-mode network: it asks this machine.
//!
//! This machine's resolver blocks, so each question gets a thread of its own, which rings for the gateway when it has the
//! answer.

use core::net::{IpAddr, Ipv4Addr};
use std::io;
use std::net::ToSocketAddrs;
use std::string::{String, ToString};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::vec::Vec;

use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};
use smoltcp::socket::udp::{Socket, UdpMetadata};

use super::link::Link;
use crate::host::GATEWAY_ADDRESS;

/// Questions at once; further ones go unanswered, and are repeated by the device.
const MAX_QUESTIONS: usize = 32;

/// Seconds that the device may remember an answer.
const TIME_TO_LIVE: u32 = 5;

pub(super) struct Names {
    link: Arc<Link>,
    answers: Receiver<Answer>,
    answered: Sender<Answer>,
    waiting: usize,
}

struct Answer {
    datagram: Vec<u8>,
    to: UdpMetadata,
}

impl Names {
    pub(super) fn new(link: Arc<Link>) -> Self {
        let (answered, answers) = channel();
        Self { link, answers, answered, waiting: 0 }
    }

    /// Takes questions from the socket of port 53, and gives it the answers that there are.
    pub(super) fn serve(&mut self, socket: &mut Socket<'_>) {
        while self.waiting < MAX_QUESTIONS {
            let Ok((question, from)) = socket.recv() else { break };
            let question = question.to_vec();
            match self.ask(question, from) {
                Ok(()) => self.waiting += 1,
                Err(error) => log::warn!("no thread to look up a name: {error}"),
            }
        }
        while let Ok(Answer { datagram, to }) = self.answers.try_recv() {
            self.waiting -= 1;
            if let Err(error) = socket.send_slice(&datagram, to) {
                log::debug!("a DNS answer to {} is lost: {error}", to.endpoint);
            }
        }
    }

    fn ask(&self, question: Vec<u8>, from: UdpMetadata) -> io::Result<()> {
        let (answered, link) = (self.answered.clone(), self.link.clone());
        thread::Builder::new().name("wm-names".to_string()).spawn(move || {
            // What is no question at all gets an empty datagram, which the device ignores.
            let datagram = answer(&question).unwrap_or_default();
            if answered.send(Answer { datagram, to: from }).is_ok() {
                link.ring();
            }
        })?;
        Ok(())
    }
}

/// The answer to a question for IPv4 addresses; to any other, that there are none of that kind.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let query = Packet::parse(question).ok()?;
    let question = query.questions.first()?;
    let mut reply = Packet::new_reply(query.id());
    reply.set_flags(PacketFlag::RECURSION_DESIRED | PacketFlag::RECURSION_AVAILABLE);
    reply.questions.push(question.clone());
    match addresses(&question.qname.to_string()) {
        Ok(addresses) if question.qtype == QTYPE::TYPE(TYPE::A) => {
            reply.answers.extend(addresses.into_iter().map(|address| {
                let data = RData::A(A { address: address.to_bits() });
                ResourceRecord::new(question.qname.clone(), CLASS::IN, TIME_TO_LIVE, data)
            }));
        }
        Ok(_) => {}
        Err(error) => {
            log::debug!("no address for {}: {error}", question.qname);
            *reply.rcode_mut() = RCODE::NameError;
        }
    }
    reply.build_bytes_vec().ok()
}

/// This machine is 10.0.2.2 to the device, which has a loopback of its own.
fn addresses(name: &str) -> io::Result<Vec<Ipv4Addr>> {
    let mut found = Vec::new();
    for address in (String::from(name), 0).to_socket_addrs()? {
        let IpAddr::V4(address) = address.ip() else { continue };
        let address = if address.is_loopback() { GATEWAY_ADDRESS } else { address };
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}
