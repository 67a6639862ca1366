using System.Net;
using CsCheck;
using Kilometers.PluginHost.Egress;

namespace Kilometers.PluginHost.Tests.Egress;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.255.255.255")]
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.0")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:0:10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("64:ff9b:1::8.8.8.8")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:10::1")]
    [InlineData("2001:1ff::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("3fff::1")]
    [InlineData("4000::1")]
    [InlineData("fc00::1")]
    [InlineData("fdff::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void Is_AnAddressForSomethingElse_False(string address) => Assert.False(PublicAddress.Is(IPAddress.Parse(address), []));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::1.1.1.1")]
    [InlineData("2001:200::1")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450::1")]
    [InlineData("2003::1")]
    public void Is_AnAddressOfTheInternet_True(string address) => Assert.True(PublicAddress.Is(IPAddress.Parse(address), []));

    [Fact]
    public void Is_AnIPv4AddressInAnIPv6One_IsWhatTheIPv4OneIs() =>
        Gen
            .Byte.Array[4]
            .Sample(bytes =>
            {
                var address = new IPAddress(bytes);
                var mapped = address.MapToIPv6();
                var translated = new IPAddress((byte[])[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, .. bytes]);
                return PublicAddress.Is(mapped, []) == PublicAddress.Is(address, [])
                    && PublicAddress.Is(translated, []) == PublicAddress.Is(address, []);
            });

    [Fact]
    public void Is_AnyIPv6AddressOutsideOfGlobalUnicast_False() =>
        Gen
            .Byte.Array[16]
            .Sample(bytes =>
            {
                var address = new IPAddress(bytes);
                return bytes[0] >> 5 == 1 || address.IsIPv4MappedToIPv6 || !PublicAddress.Is(address, []);
            });

    [Fact]
    public void Is_WhateverTheNetworkClassCallsThisMachine_False()
    {
        Gen.Byte.Array[4].Sample(bytes => !IPAddress.IsLoopback(new IPAddress(bytes)) || !PublicAddress.Is(new IPAddress(bytes), []));
        Assert.All(
            (IPAddress[])[IPAddress.Any, IPAddress.Loopback, IPAddress.Broadcast, IPAddress.IPv6Any, IPAddress.IPv6Loopback],
            address => Assert.False(PublicAddress.Is(address, []))
        );
    }

    [Theory]
    [InlineData("198.41.0.4", 32, "198.41.0.4", false)]
    [InlineData("198.41.0.4", 32, "198.41.0.5", true)]
    [InlineData("198.41.0.4", 24, "198.41.0.200", false)]
    [InlineData("198.41.0.4", 24, "::ffff:198.41.0.200", false)]
    [InlineData("198.41.0.4", 24, "64:ff9b::198.41.0.200", false)]
    [InlineData("198.41.0.4", 24, "198.41.1.4", true)]
    [InlineData("198.41.0.4", 0, "198.41.0.4", false)]
    [InlineData("198.41.0.4", 0, "1.1.1.1", true)]
    [InlineData("2606:4700::7", 64, "2606:4700::1234", false)]
    [InlineData("2606:4700::7", 64, "2606:4700:0:1::7", true)]
    [InlineData("2606:4700::7", 61, "2606:4700:0:7::7", false)]
    public void Is_AnAddressOfThisMachineOrANeighbour_False(string own, int prefix, string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address), [LocalNetworks.Of(IPAddress.Parse(own), prefix)]));

    [Fact]
    public void Is_WhateverAnInterfaceOfThisMachineHas_False()
    {
        var local = LocalNetworks.Read();
        Assert.NotEmpty(local);
        foreach (
            var address in System
                .Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)
        )
            Assert.False(PublicAddress.Is(address, local), address.ToString());
    }

    [Theory]
    [InlineData("eth0\t0038185D\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0", "93.24.56.200", true)]
    [InlineData("eth0\t0038185D\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0", "93.24.57.1", false)]
    [InlineData("eth0\t0138185D\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0", "93.24.56.1", true)]
    [InlineData("eth0\t0038185D\t0100000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0", "93.24.56.200", false)]
    [InlineData("eth0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0", "93.24.56.200", false)]
    [InlineData("eth0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0", "93.24.56.200", false)]
    [InlineData("eth0\t0038185D\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0", "93.24.56.200", false)]
    [InlineData("tun0\t0038185D\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0", "93.24.56.200", false)]
    [InlineData("Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT", "93.24.56.200", false)]
    public void Parse4_RouteWithoutGateway_IsANeighbour(string line, string address, bool isNeighbour) =>
        Assert.Equal(
            isNeighbour,
            OnLinkRoutes.Parse4([line], name => name == "eth0").Any(network => network.Contains(IPAddress.Parse(address)))
        );

    [Theory]
    [InlineData("2a0104f8000100020000000000000000 40 00000000000000000000000000000000 00 ", "00000001     eth0", true)]
    [InlineData("2a0104f8000100020000000000000000 40 00000000000000000000000000000000 00 ", "00000001     tun0", false)]
    [InlineData("2a0104f8000100020000000000000000 40 00000000000000000000000000000000 00 ", "00000201     eth0", false)]
    [InlineData("20000000000000000000000000000000 03 00000000000000000000000000000000 00 ", "00000001     eth0", false)]
    [InlineData("not a route ", "eth0", false)]
    public void Parse6_RouteWithoutNextHop_IsANeighbour(string start, string end, bool isNeighbour)
    {
        const string NoHop = "00000000000000000000000000000000 00000100 00000001 00000000 ";
        const string Hop = "fe800000000000000000000000000001 00000100 00000001 00000000 ";
        var address = IPAddress.Parse("2a01:4f8:1:2::5");
        Assert.Equal(
            isNeighbour,
            OnLinkRoutes.Parse6([start + NoHop + end], name => name == "eth0").Any(network => network.Contains(address))
        );
        Assert.Empty(OnLinkRoutes.Parse6([start + Hop + end], name => name == "eth0"));
    }
}
