//! A name server on the peer, on a parser that is not ours; honest or not.

use std::net::Ipv4Addr;

use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, RCODE, ResourceRecord};
use wm_sys::host::{Peer, PeerDatagrams};

use crate::wire_ends::Crowd;

/// How a question is answered.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    Address(Ipv4Addr),
    NoSuchName,
    /// The name exists, and has no address.
    NoAddress,
    Silence,
    /// An answer to another question's identifier.
    OtherIdentifier(Ipv4Addr),
    /// An answer about another name.
    OtherName(Ipv4Addr),
    Garbage,
}

pub struct NameServer {
    socket: PeerDatagrams,
    questions: u32,
}

impl NameServer {
    pub fn on(peer: &mut Peer<Crowd>) -> Self {
        NameServer { socket: peer.bind(53), questions: 0 }
    }

    /// Questions that came so far.
    pub fn questions(&self) -> u32 {
        self.questions
    }

    /// Answers what has come.
    pub fn serve(&mut self, peer: &mut Peer<Crowd>, mut manner: impl FnMut(&str) -> Manner) {
        while let Some((question, from)) = peer.recv_from(self.socket) {
            self.questions += 1;
            let query = Packet::parse(&question).expect("lwIP asks in well-formed messages");
            let name = query.questions[0].qname.to_string();
            if let Some(answer) = answer(&query, manner(&name)) {
                peer.send_to(self.socket, &answer, from);
            }
        }
    }
}

fn answer(query: &Packet<'_>, manner: Manner) -> Option<Vec<u8>> {
    let question = query.questions[0].clone();
    let mut name = question.qname.clone();
    let mut reply = Packet::new_reply(query.id());
    reply.set_flags(PacketFlag::RECURSION_DESIRED | PacketFlag::RECURSION_AVAILABLE);
    let address = match manner {
        Manner::Silence => return None,
        Manner::Garbage => return Some(vec![0xc0; 64]),
        Manner::NoAddress => None,
        Manner::NoSuchName => {
            *reply.rcode_mut() = RCODE::NameError;
            None
        }
        Manner::Address(address) => Some(address),
        Manner::OtherIdentifier(address) => {
            reply.set_id(query.id().wrapping_add(1));
            Some(address)
        }
        Manner::OtherName(address) => {
            name = Name::new_unchecked("evil.example");
            Some(address)
        }
    };
    let mut question = question;
    question.qname = name.clone();
    reply.questions.push(question);
    reply.answers.extend(
        address.map(|address| {
            ResourceRecord::new(name, CLASS::IN, 60, RData::A(A { address: address.to_bits() }))
        }),
    );
    reply.build_bytes_vec().ok()
}
