using Kilometers.Processes.Guarding;

namespace Kilometers.Processes.Tests.Guarding;

public sealed class GuardianMessageTests
{
    private static readonly GuardianMessage[] Messages =
    [
        new(GuardianMessage.Protect, "17 4711"),
        new(GuardianMessage.Delete, "/tmp/precious\ntmp/km-1"),
        new(GuardianMessage.Delete, "/tmp/ done\ndelete /home\r\n\t\"'\\/ü€\U0001F9ED"),
        new(GuardianMessage.Done, ""),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Read_PiecesOfAnySize_GiveTheSameMessages(int size)
    {
        var reader = new GuardianMessageReader();
        var bytes = Messages.SelectMany(message => message.Encode()).ToArray();
        Assert.Equal(Messages, bytes.Chunk(size).SelectMany(piece => reader.Read(piece)));
    }

    [Fact]
    public void Read_MessageThatBreaksOff_GivesNone()
    {
        var bytes = new GuardianMessage(GuardianMessage.Delete, "/tmp/km-1/below").Encode();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Empty(new GuardianMessageReader().Read(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Encode_ZeroByte_Throws() =>
        Assert.Throws<ArgumentException>(() => new GuardianMessage(GuardianMessage.Delete, "/tmp/a\0delete\0/tmp/b").Encode());
}
