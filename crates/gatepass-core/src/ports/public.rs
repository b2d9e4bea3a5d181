//! Which addresses are public, for clients that go where somebody else says.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is one of the public Internet: not this machine, not a private network, not a link, not one of those
/// that are set aside for something else (the IANA registries of special-purpose addresses, RFC 6890), and not one at which
/// clouds tell their machines secrets.
///
/// An IPv6 address that stands for an IPv4 address, mapped or by NAT64's well-known prefix, is judged as that one. What is
/// not known to be public is not.
///
/// An HTTP client judges by it the addresses that a name has led to, the ones that it then connects to and no others, and
/// addresses that stand in the URL. A NAT64 prefix of a network's own looks like any address: such a network has to refuse
/// the way into itself.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match as_v4(address) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

/// First address and length of the prefix.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Azure tells its machines their settings there, in the middle of public addresses.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Link-local; 169.254.169.254 is where most clouds do.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::BROADCAST, 32),
];

/// Parts of 2000::/3, outside of which nothing is public.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    // Teredo, benchmarks, ORCHID and other assignments of the IETF.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4, which may lead to any IPv4 address.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within =
        |(first, length): &(Ipv4Addr, u32)| (address.to_bits() ^ first.to_bits()) >> (32 - length) == 0;
    !NOT_PUBLIC_V4.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let within =
        |(first, length): &(Ipv6Addr, u32)| (address.to_bits() ^ first.to_bits()) >> (128 - length) == 0;
    let global = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
    within(&global) && !NOT_PUBLIC_V6.iter().any(within)
}

/// The IPv4 address that an IPv6 address stands for: `::ffff:0:0/96` and `64:ff9b::/96`.
fn as_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [rest @ .., high, low] = address.segments();
    match rest {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => {
            Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    }
}
