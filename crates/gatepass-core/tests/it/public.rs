//! Which addresses are public, at the edges of every range.

use std::net::IpAddr;

use gatepass_core::ports::{Destination, is_public};

fn judged(address: &str) -> bool {
    is_public(address.parse::<IpAddr>().unwrap())
}

#[test]
fn met_07_addresses_of_the_internet_are_public() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2001:200::",
        "2001:4860:4860::8888",
        "2001:db7:ffff::",
        "2001:db9::",
        "2003::",
        "2606:4700:4700::1111",
        "3ffe:ffff::",
        "3fff:1000::",
    ] {
        assert!(judged(address), "{address} is public");
    }
}

#[test]
fn met_07_addresses_of_networks_and_machines_are_not_public() {
    for address in [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.255",
        "224.0.0.0",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::1.1.1.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:1.1.1.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1.1.1.1",
        "100::1",
        "1fff:ffff::",
        "2001::1",
        "2001:1ff:ffff::",
        "2001:db8::1",
        "2001:db8:ffff:ffff::",
        "2002:101:101::1",
        "2002:a9fe:a9fe::",
        "3fff::1",
        "3fff:fff:ffff::",
        "4000::",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!judged(address), "{address} is not public");
    }
}

#[test]
fn c_06_an_address_in_a_url_is_judged_however_it_is_spelt() {
    let judged = |url: &str| Destination::parse(&url.parse().unwrap(), false).unwrap().is_private_address();
    for url in [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data",
    ] {
        assert!(judged(url), "{url}");
    }
    for url in
        ["https://1.1.1.1/", "https://[2606:4700:4700::1111]/", "https://op.example/", "https://localhost/"]
    {
        assert!(!judged(url), "{url}: a name is judged by what it leads to");
    }
}
