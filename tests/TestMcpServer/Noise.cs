namespace TestMcpServer;

/// <summary>What real servers print on stdout though they should not. A test that relays it compares with these very bytes.</summary>
internal static class Noise
{
    /// <summary>Several lines: text, CRLF, blank lines, invalid UTF-8, a lone CR, NUL, broken JSON, and JSON in between.</summary>
    public static byte[] All { get; } =
    [
        .. "Starting server on stdio ...\n"u8,
        .. "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"data\":\"crlf\"}}\r\n"u8,
        .. "\n\r\n\n"u8,
        0xff,
        0xfe,
        0x80,
        0xc3,
        0x28,
        (byte)'\n',
        .. "progress 10%\rprogress 100%\n"u8,
        0x00,
        0x01,
        (byte)'\n',
        .. "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\n"u8,
        .. "\uFEFF{\"jsonrpc\":\"2.0\",\"method\":\"notifications/bom\"}\n"u8,
        .. "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/emoji\",\"params\":{\"data\":\"\U0001F9ED é\"}}\n"u8,
    ];

    /// <summary>The last bytes of the process: a message without its newline.</summary>
    public static ReadOnlySpan<byte> Last => "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/last\"}"u8;
}
