//! Tests of the hosts that a rule names, and of the addresses that no name may lead to.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> HostPattern {
    text.parse().unwrap()
}

fn http(host: &str, port: Option<u16>, methods: &[&str]) -> HttpRule {
    HttpRule { host: pattern(host), port, methods: methods.iter().map(ToString::to_string).collect() }
}

fn tcp(host: &str, port: u16) -> TcpRule {
    TcpRule { host: pattern(host), port }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_pattern_names_what_it_says_and_nothing_near_it() {
    for (text, named, not_named) in [
        (
            "example.org",
            &["example.org", "EXAMPLE.org", "example.org."][..],
            &["www.example.org", "example.com", "xexample.org", "example.org.evil.net", ""][..],
        ),
        (
            "*.example.org",
            &["a.example.org", "a.b.example.org"],
            &["example.org", ".example.org", "aexample.org", "a.example.org.net", "1.2.3.4"],
        ),
        ("*", &["example.org", "localhost"], &["1.2.3.4", "[::1]", "::1"]),
        ("93.184.216.34", &["93.184.216.34"], &["93.184.216.35", "example.org"]),
        (
            "10.0.0.0/8",
            &["10.1.2.3", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1"],
            &["11.0.0.1", "10.example.org", "::10.0.0.1"],
        ),
        ("[::1]", &["::1", "[::1]"], &["127.0.0.1", "localhost"]),
        ("localhost", &["localhost", "LOCALHOST"], &["127.0.0.1", "::1", "a.localhost"]),
    ] {
        for host in named {
            assert!(pattern(text).names(host), "{text} should name {host}");
        }
        for host in not_named {
            assert!(!pattern(text).names(host), "{text} should not name {host}");
        }
    }
}

#[test]
fn what_is_no_host_is_refused() {
    for text in [
        "",
        "a b",
        "http://example.org",
        "*.*",
        "a..b",
        "example.org/path",
        "10.0.0.0/33",
        "user@host",
        "*.",
        "ä.org",
        "-",
    ]
    .iter()
    .filter(|text| **text != "-")
    {
        assert_eq!(text.parse::<HostPattern>(), Err(NotAHost((*text).to_owned())));
    }
}

#[test]
fn a_pattern_reads_back_as_it_is_written() {
    for text in ["example.org", "*.example.org", "*", "1.2.3.4", "[::1]", "10.0.0.0/8", "[fd00::/8]"] {
        assert_eq!(pattern(text).to_string(), text);
        assert_eq!(pattern(&pattern(text).to_string()), pattern(text));
    }
}

#[test]
fn rules_are_read_and_written_alike() {
    for (text, canonical) in [
        ("example.org", "example.org"),
        ("get,Post@example.org:8080", "GET,POST@example.org:8080"),
        ("https://example.org/", "example.org:443"),
        ("http://example.org:8080", "example.org:8080"),
        ("GET@https://example.org", "GET@example.org:443"),
        ("10.0.0.0/8:80", "10.0.0.0/8:80"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("[::1]:80", "[::1]:80"),
        ("::1", "[::1]"),
        ("[fd00::/8]:443", "[fd00::/8]:443"),
        ("*", "*"),
    ] {
        let rule: HttpRule = text.parse().unwrap();
        assert_eq!(rule.to_string(), canonical, "{text}");
        assert_eq!(rule.to_string().parse(), Ok(rule));
    }
    for text in ["example.org:5432", "10.0.0.0/8:1", "[::1]:65535", "*:443", "*.example.org:443"] {
        assert_eq!(text.parse::<TcpRule>().unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_rule_is_refused() {
    for text in [
        "",
        "https://example.org/path",
        "example.org/path",
        "@example.org",
        "GET POST@example.org",
        "G3T@x",
        "example.org:",
        "example.org:0",
        "example.org:65536",
        "example.org:http",
        "a@b@c",
        ":80",
    ] {
        assert!(text.parse::<HttpRule>().is_err(), "{text}");
    }
    for text in
        ["", "example.org", "::1", "example.org:0", "GET@example.org:80", "https://example.org:80", "10.0.0.0/8"]
    {
        assert!(text.parse::<TcpRule>().is_err(), "{text}");
    }
}

#[test]
fn special_addresses_are_not_public() {
    for text in [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "::127.0.0.1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2001::1",
        "3fff::1",
        "100::1",
        "5f00::1",
    ] {
        assert!(!is_public(ip(text)), "{text}");
    }
    for text in [
        "1.1.1.1",
        "93.184.216.34",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "2a00::1",
        "64:ff9b::101:101",
        "::ffff:1.1.1.1",
    ] {
        assert!(is_public(ip(text)), "{text}");
    }
}

#[test]
fn a_request_must_be_granted_and_needed() {
    let grants = Grants {
        http: vec![http("*.example.org", None, &["GET"]), http("10.0.0.0/8", Some(8080), &[])],
        ..Grants::default()
    };
    let silent = Allowed::of(&grants, None);
    for (method, host, port, allowed) in [
        ("GET", "api.example.org", 443, true),
        ("get", "api.example.org", 80, true),
        ("POST", "api.example.org", 443, false),
        ("GET", "api.example.org", 8443, false),
        ("GET", "example.com", 443, false),
        ("DELETE", "10.1.1.1", 8080, true),
        ("GET", "10.1.1.1", 80, false),
    ] {
        assert_eq!(silent.allows_http(method, host, port), allowed, "{method} {host}:{port}");
    }
    let needs = [Capability::Http(http("api.example.org", Some(443), &[]))];
    let said = Allowed::of(&grants, Some(&needs));
    assert!(said.allows_http("GET", "api.example.org", 443));
    assert!(!said.allows_http("GET", "www.example.org", 443), "it is granted and not needed");
    assert!(!said.allows_http("POST", "api.example.org", 443), "it is needed and not granted");
    assert!(!Allowed::of(&grants, Some(&[])).allows_http("GET", "api.example.org", 443));
    assert!(!Allowed::of(&Grants::default(), Some(&needs)).allows_http("GET", "api.example.org", 443));
}

#[test]
fn a_name_never_leads_to_a_private_address() {
    let by_name =
        Allowed::of(&Grants { http: vec![http("*", None, &[])], tcp: vec![tcp("*", 443)], ..Grants::default() }, None);
    for private in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"] {
        assert!(!by_name.allows_http_address(ip(private), 80), "{private}");
        assert!(!by_name.allows_tcp(ip(private), 443, ["rebound.example.org"]), "{private}");
    }
    assert!(by_name.allows_http_address(ip("1.1.1.1"), 80));
    assert!(by_name.allows_tcp(ip("1.1.1.1"), 443, ["one.example.org"]));
    assert!(!by_name.allows_tcp(ip("1.1.1.1"), 443, []), "an address that no rule names and no look-up gave");
    let named = Allowed::of(
        &Grants {
            http: vec![http("*", None, &[]), http("10.0.0.0/8", None, &[]), http("localhost", Some(8080), &[])],
            ..Grants::default()
        },
        None,
    );
    assert!(named.allows_http_address(ip("10.0.0.1"), 80));
    assert!(named.allows_http_address(ip("127.0.0.1"), 8080));
    assert!(!named.allows_http_address(ip("127.0.0.1"), 80), "it is named for another port");
    assert!(!named.allows_http_address(ip("192.168.0.1"), 80));
}

#[test]
fn a_look_up_gives_away_the_addresses_that_some_connection_may_go_to() {
    let grants = Grants {
        tcp: vec![tcp("*.example.com", 443), tcp("db.example.com", 5432), tcp("10.1.0.0/16", 5432)],
        ..Grants::default()
    };
    let ports = |address: &str, name: &str| Allowed::of(&grants, None).tcp_ports(ip(address), name).collect::<Vec<_>>();
    assert_eq!(ports("93.184.216.34", "db.example.com"), [443, 5432, 5432]);
    assert_eq!(ports("93.184.216.34", "a.example.com"), [443]);
    assert_eq!(ports("10.1.2.3", "db.example.com"), [5432, 5432]);
    assert_eq!(ports("10.2.2.3", "db.example.com"), [0; 0]);
    assert_eq!(ports("93.184.216.34", "example.com"), [0; 0]);

    let needs = [Capability::Tcp(tcp("db.example.com", 5432))];
    let allowed = Allowed::of(&grants, Some(&needs));
    assert_eq!(allowed.tcp_ports(ip("93.184.216.34"), "db.example.com").collect::<Vec<_>>(), [5432, 5432]);
    assert_eq!(allowed.first_port_of("db.example.com"), Some(443));
    assert_eq!(allowed.first_port_of("example.com"), None);
}

#[test]
fn directories_and_variables_are_intersected() {
    let directory = |guest: &str, access| DirectoryGrant { host: "/srv".into(), guest: guest.to_owned(), access };
    let grants = Grants {
        directories: vec![directory("/data", Access::ReadWrite), directory("/other", Access::ReadOnly)],
        variables: vec![("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())],
        ..Grants::default()
    };
    let needs = [
        Capability::Directory { path: "/data/".to_owned(), access: Access::ReadOnly },
        Capability::Variable("B".to_owned()),
        Capability::Variable("C".to_owned()),
    ];
    let allowed = Allowed::of(&grants, Some(&needs));
    assert_eq!(allowed.directories, [directory("/data", Access::ReadOnly)]);
    assert_eq!(allowed.variables, [("B".to_owned(), "2".to_owned())]);
    let all = Allowed::of(&grants, None);
    assert_eq!((all.directories.len(), all.variables.len()), (2, 2));
}

#[test]
fn denials_are_few_and_short() {
    let mut denials = Denials::default();
    for number in 0..1000 {
        denials.add(Denied::Lookup("x".repeat(10_000) + &number.to_string()));
        denials.add(Denied::Import(number.to_string()));
    }
    assert_eq!(denials.iter().count(), Denials::MOST);
    assert!(denials.iter().all(|denied| denied.to_string().len() < 400));
}

proptest! {
    #[test]
    fn nothing_is_allowed_that_is_not_granted(host in "[a-z.]{1,12}", port: u16, method in "[A-Z]{1,5}", address: [u8; 4]) {
        let nothing = Allowed::of(&Grants::default(), None);
        prop_assert!(!nothing.allows_http(&method, &host, port));
        prop_assert!(!nothing.allows_lookup(&host));
        prop_assert!(!nothing.allows_tcp(IpAddr::from(address), port, [host.as_str()]));
    }

    #[test]
    fn a_network_is_compared_as_its_addresses_are(address: u32, prefix in 0u8..=32, other: u32) {
        let address = Ipv4Addr::from(address);
        let pattern = pattern(&format!("{address}/{prefix}"));
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        prop_assert!(pattern.names(&address.to_string()));
        prop_assert_eq!(pattern.names(&Ipv4Addr::from(other).to_string()), u32::from(address) & mask == other & mask);
    }
}

#[test]
fn a_grant_that_no_need_meets_is_told_as_the_need_to_declare() {
    let directory = |guest: &str, access| DirectoryGrant { host: "/h".into(), guest: guest.to_owned(), access };
    let grants = Grants {
        directories: vec![directory("/data", Access::ReadWrite), directory("/other", Access::ReadOnly)],
        variables: vec![("TOKEN".to_owned(), "secret".to_owned()), ("HOME".to_owned(), "/".to_owned())],
        http: vec![http("api.example.org", None, &["GET"]), http("example.com", Some(8080), &[])],
        tcp: vec![tcp("10.0.0.7", 5432), tcp("db.example.org", 5432)],
    };
    let needs = [
        Capability::Directory { path: "/data/".to_owned(), access: Access::ReadOnly },
        Capability::Variable("HOME".to_owned()),
        Capability::Http(http("*.example.org", None, &[])),
        Capability::Tcp(tcp("10.0.0.0/8", 5432)),
    ];
    let declarations =
        |needs: &[Capability]| grants.undeclared(needs).iter().map(Capability::declaration).collect::<Vec<_>>();
    assert_eq!(
        declarations(&needs),
        [
            r#"directory({path: "/other", access: read-only})"#,
            r#"variable("TOKEN")"#,
            r#"http({host: "example.com", port: some(8080), methods: []})"#,
            r#"tcp({host: "db.example.org", port: 5432})"#,
        ]
    );
    assert_eq!(declarations(&[Capability::OpenWorld]).len(), 8);
    assert!(!declarations(&[]).concat().contains("secret"));
}
