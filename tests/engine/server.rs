//! A web server in perl, which every Debian has: an image that can be asked, without a compiler.

/// It ends with SIGTERM as PID 1; `$f` is the app's source, opened.
const SERVER: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
COPY . /app
ENTRYPOINT ["/usr/bin/perl", "-MIO::Socket::INET", "-e", "$SIG{TERM} = sub { exit 0 }; my $s = IO::Socket::INET->new(LocalAddr => q(ADDRESS), LocalPort => PORT, Listen => 9, ReuseAddr => 1) or die qq(no port: $!); open(my $f, q(<), q(/app/src/main.rs)); my $b = BODY; while (1) { my $c = $s->accept or next; while (<$c>) { last if /^\\s*$/ } print $c qq(HTTP/1.1 200 OK\\r\\nContent-Length: ) . length($b) . qq(\\r\\nConnection: close\\r\\n\\r\\n) . $b; close $c }"]
"#;

/// What answers with the app's source as it was built.
pub(crate) const SOURCE: &str = "join(q(), <$f>)";

/// The Dockerfile of a server that answers with `body`, in perl's words, on the port that it is
/// told, or on 7000.
pub(crate) fn server(body: &str) -> String {
    server_at("0.0.0.0", "$ENV{PORT} || 7000", body)
}

/// One that listens on this address and port.
pub(crate) fn server_at(address: &str, port: &str, body: &str) -> String {
    let text = SERVER.replace("ADDRESS", address).replace("PORT", port);
    text.replace("BODY", body)
}
