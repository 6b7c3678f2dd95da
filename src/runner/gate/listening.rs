//! Where a program listens, as the kernel tells it: what a gate that got no answer looks at.

use std::{fs, net::IpAddr};

/// State `LISTEN` in `/proc/net/tcp` (Linux, `include/net/tcp_states.h`).
const LISTEN: &str = "0A";

/// Addresses and ports on which a container's processes listen; `None` where that cannot be
/// told, or where the container has the host's network.
pub(super) fn places(pid: i32) -> Option<Vec<(IpAddr, u16)>> {
    let network = |of: &str| fs::read_link(format!("/proc/{of}/ns/net")).ok();
    if network(&pid.to_string())? == network("self")? {
        return None;
    }
    let tables =
        ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")));
    let mut places: Vec<(IpAddr, u16)> = tables
        .into_iter()
        .flatten()
        .flat_map(|table| table.lines().filter_map(place).collect::<Vec<_>>())
        .collect();
    places.sort_unstable();
    places.dedup();
    Some(places)
}

/// `  0: 0100007F:1F90 00000000:0000 0A …`
fn place(line: &str) -> Option<(IpAddr, u16)> {
    let mut words = line.split_whitespace().skip(1);
    let local = words.next()?;
    let state = words.nth(1)?;
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    Some((address_of(address)?, port)).filter(|_| state == LISTEN)
}

/// Words of four bytes in the machine's order.
fn address_of(digits: &str) -> Option<IpAddr> {
    let words: Option<Vec<[u8; 4]>> = digits
        .as_bytes()
        .chunks(8)
        .map(|word| {
            let word = std::str::from_utf8(word).ok()?;
            u32::from_str_radix(word, 16).ok().map(u32::to_ne_bytes)
        })
        .collect();
    let bytes = words?.concat();
    if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// What that means for an app that was asked on `port`.
pub(super) fn explain(places: Option<&[(IpAddr, u16)]>, port: u16) -> String {
    let Some(places) = places else {
        return String::new();
    };
    let Some((address, other)) = places.first() else {
        return "; it listens nowhere".into();
    };
    if places
        .iter()
        .any(|(address, own)| *own == port && !address.is_loopback())
    {
        return "; it listens there, and keeps silent".into();
    }
    if let Some((address, _)) = places.iter().find(|(_, own)| *own == port) {
        return format!(
            "; it listens on {address} only, which nobody outside of its container reaches: let it bind 0.0.0.0"
        );
    }
    format!("; it listens on {address}, port {other}: put `port = {other}` into imgtui.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_is_read() {
        let header = "  sl  local_address rem_address   st tx_queue";
        let listens = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:0 0 0 1";
        let talks = "   1: 0100007F:1F90 0100007F:A000 01 00000000:00000000 00:0 0 0 1";
        let six = "   0: 00000000000000000000000000000000:1B58 00000000000000000000000000000000:0000 0A 0";
        assert_eq!(place(header), None);
        assert_eq!(place(listens), Some((IpAddr::from([127, 0, 0, 1]), 8080)));
        assert_eq!(place(talks), None);
        assert_eq!(place(six), Some((IpAddr::from([0_u16; 8]), 7000)));
    }

    #[test]
    fn each_case_has_its_remedy() {
        let inside = (IpAddr::from([127, 0, 0, 1]), 7000);
        let elsewhere = (IpAddr::from([0, 0, 0, 0]), 8080);
        assert_eq!(explain(None, 7000), "");
        assert!(explain(Some(&[]), 7000).contains("nowhere"));
        assert!(explain(Some(&[inside]), 7000).contains("0.0.0.0"));
        assert!(explain(Some(&[elsewhere]), 7000).contains("port = 8080"));
        assert!(explain(Some(&[elsewhere]), 8080).contains("silent"));
    }
}
