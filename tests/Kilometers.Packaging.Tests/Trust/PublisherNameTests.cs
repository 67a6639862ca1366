using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Trust;

public sealed class PublisherNameTests
{
    [Theory]
    [InlineData("Kilometers")]
    [InlineData("KILOMETERS")]
    [InlineData("kilometers inc")]
    [InlineData("The Kilometers Authors")]
    [InlineData("K i l o m e t e r s")]
    [InlineData("Kilo-meters")]
    [InlineData("Kilometer")]
    [InlineData("Kilometres Ltd")]
    [InlineData("KiIometers")]
    [InlineData("Ki1ometers")]
    [InlineData("Ki|0meter5")]
    [InlineData("K1L0M3T3R$")]
    [InlineData("Kilorneters")]
    [InlineData("Кіӏометегѕ")]
    [InlineData("Kilοmeters")]
    [InlineData("Ｋｉｌｏｍｅｔｅｒｓ")]
    [InlineData("Kilo\u200bmeters")]
    [InlineData("Kílömétërs")]
    public void LooksLikeKilometers_WhatPeopleCouldTakeForIt_IsTrue(string name) => Assert.True(PublisherName.LooksLikeKilometers(name));

    [Theory]
    [InlineData("")]
    [InlineData("Example Ltd")]
    [InlineData("Kilogram GmbH")]
    [InlineData("Thermometers Inc")]
    [InlineData("root@host (unnamed)")]
    public void LooksLikeKilometers_AnythingElse_IsFalse(string name) => Assert.False(PublisherName.LooksLikeKilometers(name));

    [Theory]
    [InlineData("root", "host", "root@host (unnamed)")]
    [InlineData("", "höst", "unknown@hst (unnamed)")]
    [InlineData("a", "Kilometers-ci", "somebody (unnamed)")]
    [InlineData("a", "0123456789012345678901234567890123456789", "a@0123456789012345678901234567 (unnamed)")]
    public void Unnamed_UserAndMachine_IsAValidName(string user, string machine, string expected)
    {
        var name = PublisherName.Unnamed(user, machine);
        Assert.Equal(expected, name);
        Assert.True(PublisherName.IsValid(name));
        Assert.False(PublisherName.LooksLikeKilometers(name));
    }

    [Theory]
    [InlineData("Example Ltd", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData(" x", false)]
    [InlineData("x\u001b[0m", false)]
    [InlineData("Äcme", false)]
    [InlineData("01234567890123456789012345678901234567890", false)]
    public void IsValid_PrintableAsciiOfSomeLength_IsTrue(string? name, bool expected) =>
        Assert.Equal(expected, PublisherName.IsValid(name));
}
