using DistillStudio.Access;

namespace DistillStudio.Tests.Access;

public sealed class BoundAddressTests
{
    [Theory]
    [InlineData("http://localhost:80", "http://localhost:80", null)]
    [InlineData("http://127.8.8.8:80", "http://127.8.8.8:80", null)]
    [InlineData("http://0.0.0.0:80", "http://0.0.0.0:80", "It listens on all IPv4 addresses of this machine, port 80.")]
    [InlineData("http://*:80", "http://[::]:80", "It listens on all addresses of this machine, port 80.")]
    [InlineData("http://+:0", "http://[::]:4711", "It listens on all addresses of this machine, port 4711.")]
    [InlineData("http://[::]:80", "http://[::]:80", "It listens on all addresses of this machine, port 80.")]
    [InlineData("https://192.168.1.5:443", "https://192.168.1.5:443", "It listens on 192.168.1.5, port 443.")]
    [InlineData("http://[2001:db8::1]:80", "http://[2001:db8::1]:80", "It listens on [2001:db8::1], port 80.")]
    [InlineData(
        "http://lab.example:80", "http://[::]:80", "It listens on all addresses of this machine, port 80. The name lab.example does not "
            + "limit this, only what browsers may call it: to listen on one address, give --urls that address.")]
    [InlineData(
        "http://localhost:80;http://10.0.0.5:81", "http://localhost:80;http://10.0.0.5:81",
        "It listens on localhost (this machine only), port 80, and on 10.0.0.5, port 81.")]
    public void Describe_WhatTheServerReports_SaysWhereItListens(string asked, string bound, string? expected) => Assert.Equal(
        expected, BoundAddress.Describe(bound.Split(';'), asked.Split(';').Select(url => ListenAddress.Parse(url, "--urls"))));
}
