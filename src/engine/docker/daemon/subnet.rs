//! A subnet for a bridge, out of those that nothing on this machine is routed to.

use sha2::{Digest, Sha256};

/// Addresses of one bridge: 254 containers are more than are ever looked at at once.
const MASK: u32 = 0xffff_ff00;
/// How many are tried.
const TRIES: u8 = 64;

/// The bridge's address in a free subnet, as `ip address` takes it. `routes` is the text of
/// `/proc/net/route` (proc(5): destination and mask are hexadecimal, in the order of the network's
/// bytes in memory).
pub(super) fn free(name: &str, routes: &str) -> Option<String> {
    let routed: Vec<(u32, u32)> = routes.lines().skip(1).filter_map(route).collect();
    let free = |subnet: &u32| !routed.iter().any(|route| overlaps(*subnet, *route));
    let subnet = (0..TRIES)
        .map(|attempt| candidate(name, attempt))
        .find(free)?;
    let [a, b, c, _] = subnet.to_be_bytes();
    Some(format!("{a}.{b}.{c}.1/24"))
}

/// One of 10.128.0.0/9's: private (RFC 1918), and not where engines and clusters begin.
fn candidate(name: &str, attempt: u8) -> u32 {
    let digest = Sha256::digest([name.as_bytes(), &[attempt]].concat());
    u32::from_be_bytes([10, 128 | digest[0], digest[1], 0])
}

fn route(line: &str) -> Option<(u32, u32)> {
    let mut fields = line.split_whitespace().skip(1);
    let number = |field: &str| u32::from_str_radix(field, 16).ok().map(u32::from_be);
    let destination = number(fields.next()?)?;
    let mask = number(fields.nth(5)?)?;
    // The default route is no network.
    (mask != 0).then_some((destination, mask))
}

fn overlaps(subnet: u32, (destination, mask): (u32, u32)) -> bool {
    (subnet ^ destination) & (mask & MASK) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a machine with docker0 and a default route has it.
    const ROUTES: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
        eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
        docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";

    #[test]
    fn routes_are_read_and_the_default_one_is_none() {
        let read: Vec<(u32, u32)> = ROUTES.lines().skip(1).filter_map(route).collect();
        assert_eq!(read, [(0xac11_0000, 0xffff_0000)]);
        assert!(overlaps(0xac11_0500, read[0]));
        assert!(!overlaps(0x0a80_0500, read[0]));
    }

    #[test]
    fn each_bridge_has_its_own_and_none_that_is_routed() {
        let first = free("imgtui-1", ROUTES).unwrap();
        assert!(
            first.starts_with("10.") && first.ends_with(".1/24"),
            "{first}"
        );
        assert_ne!(Some(&first), free("imgtui-2", ROUTES).as_ref());
        let taken = candidate("imgtui-1", 0).to_be();
        let line = format!("x\t{taken:08X}\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
        let other = free("imgtui-1", &format!("{ROUTES}{line}")).unwrap();
        assert_ne!(first, other);
        // Everything private is routed away.
        let all = format!("{ROUTES}x\t0000000A\t0\t1\t0\t0\t0\t000000FF\t0\t0\t0\n");
        assert_eq!(free("imgtui-1", &all), None);
    }
}
