using System.Text;
using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

/// <summary>Secrets that no name announces, and what stands in the same places and is none.</summary>
public sealed class SecretCuesTests
{
    private const string Secret = "Lantern-4711x";

    /// <summary>Every cue of the table, in a text that is made as its place says.</summary>
    public static TheoryData<string, string> Cues
    {
        get
        {
            var data = new TheoryData<string, string>();
            using var table = new StreamReader(
                typeof(Redactor).Assembly.GetManifestResourceStream("Kilometers.Plugin.Sdk.Redaction.secret-cues.txt")!
            );
            while (table.ReadLine() is { } line)
            {
                if (line is not "" and not ['#', ..] && line.Split(' ', 2, StringSplitOptions.TrimEntries) is [var place, var cue])
                    data.Add(place, cue.Replace("\\s", " ", StringComparison.Ordinal));
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cues))]
    public void Every_cue_of_the_table_hides_what_it_announces(string place, string cue)
    {
        var text = place switch
        {
            "word" or "name" => $"a {cue} is {Secret} since Monday",
            "line" => $"a {cue}\n  {Secret}\n",
            "next" => $"$ {cue} x\n{Secret}\n$ ",
            "list" => $"{cue}s:\n  1. used\n  2. {Secret}\n",
            "rest" => $"{cue}: first pet?\nAnswer: {Secret}\n",
            "first" => $"$ {cue} -x --yy {Secret} z",
            "second" => $"$ {cue} ada {Secret} z",
            "third" => $"$ {cue} ada bob '{Secret}' z",
            "fourth" => $"$ {cue} ada bob eve {Secret}",
            "row" => $"$ {cue} x\n| name | ada |\n| Value | {Secret} |\n",
            "slash" => $"the {cue} is ada / {Secret}, and",
            "column" => $"{cue} server secret\nada * {Secret} *\n",
            "call" => $"x {cue} 'ada', '{Secret}')",
            "path" => $"x {cue}{Secret}/y",
            "piped" => $"echo '{Secret}' | {cue} x",
            "before" => $"open(\"ada:{Secret}{cue}db)\")",
            "string" => $"x('y', \"{Secret}{cue})",
            "entries" => $"{cue}\n  a: x\n  b: {Secret}\n",
            "value" => $"{{ x: {{\"value\": \"{Secret}\", {cue} }} }}",
            _ => throw new InvalidOperationException(place),
        };
        Assert.DoesNotContain(Secret, Redact(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m.login('alerts@example.org', 'plain words only')")]
    [InlineData("client.connect(\"db01.example.org\", \"5432\")")]
    [InlineData("crypto.createHmac('sha256', key).update(body).digest('hex')")]
    [InlineData("jwt.verify(token, publicKey, { algorithms: ['RS256'] })")]
    [InlineData("the access code of conduct was read by everybody")]
    [InlineData("cat /run/secrets/\nand then the list of files that it names\n")]
    [InlineData("recovery codes are explained below\n1. Open the page\n2. Sign in\n")]
    [InlineData("it's version 2.10.3 of the tool")]
    [InlineData("snmp-server community is documented in chapter four")]
    [InlineData("# client side code\nlet x = 1;\n")]
    [InlineData("connect to https://api.telegram.org/bot and follow the steps")]
    [InlineData("The token endpoint returns a JSON object with three members")]
    [InlineData("open http://localhost:3000?email=ada@example.com in a browser")]
    [InlineData("http://localhost:3000?debug=1")]
    [InlineData("https://docs.example.com:8443#top")]
    [InlineData("password policies apply to every account of the organization")]
    public void What_stands_there_and_is_no_secret_stays(string text) => Assert.Equal(text, Redact(text));

    [Theory]
    [InlineData("das Kennwort lautet @ und muss geändert werden")]
    [InlineData("A senha nova do roteador da recepção ficou @ ontem")]
    [InlineData("prueba con el usuario conta y la contraseña @")]
    [InlineData("le mot de passe est « @ ». Merci")]
    [InlineData("what is the second passphrase\nmara 16:06\n`@`\n")]
    [InlineData("(gdb) p cfg->proxy_passwd\n$1 = 0x5555 \"@\"\n")]
    [InlineData("Property: app.mail.password\n    Value: \"@\"\n")]
    [InlineData("authentication failed (user=app pass=@)")]
    [InlineData("[\"passwd\"]=>\n  string(13) \"@\"\n")]
    [InlineData("a2=\"--password\" a3=\"@\"")]
    [InlineData("<AdministratorPassword>\n  <Value>@</Value>\n</AdministratorPassword>")]
    [InlineData("<auth-user-pass>\nada.lovelace\n@\n</auth-user-pass>")]
    [InlineData("[relay.example]:587 news@example.com:@\n")]
    [InlineData("{'$write_key', <<\"@\">>}.")]
    [InlineData("https://maps.example.com/geocode?address=x&key=@ HTTP/1.1")]
    [InlineData("PASSWORD elastic = @")]
    [InlineData("Incorrect API key provided: @. See your settings.")]
    [InlineData("$pw = ConvertTo-SecureString \"@\" -AsPlainText -Force")]
    [InlineData("  MasterUserPassword:\n    Type: String\n    NoEcho: true\n    Default: @\nResources:")]
    public void Names_are_followed_further_than_the_next_word(string text)
    {
        var at = text.LastIndexOf('@');
        var filled = string.Concat(text.AsSpan(0, at), Secret, text.AsSpan(at + 1));
        Assert.DoesNotContain(Secret, Redact(filled), StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_and_a_password_of_a_mail_server_are_encoded_together()
    {
        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0mail\0{Secret}"));
        Assert.DoesNotContain(login, Redact($"C: AUTH PLAIN {login}\r\nS: 235 ok"), StringComparison.Ordinal);
    }

    [Fact]
    public void Terraform_marks_what_is_secret_by_a_member_beside_it()
    {
        Assert.DoesNotContain(
            Secret,
            Redact(
                """{"outputs":{"admin":{"value":"@","type":"string","sensitive":true}}}""".Replace("@", Secret, StringComparison.Ordinal)
            ),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            Secret,
            Redact(
                """{"resources":[{"type":"random_password","instances":[{"attributes":{"result":"@"}}]}]}""".Replace(
                    "@",
                    Secret,
                    StringComparison.Ordinal
                )
            ),
            StringComparison.Ordinal
        );
        var open = """{"outputs":{"region":{"value":"eu-central-1","type":"string","sensitive":false}}}""";
        Assert.Equal(open, Redact(open));
    }

    [Theory]
    [InlineData("pass show ")]
    [InlineData("recovery code ")]
    [InlineData("security question ")]
    [InlineData("createHmac(\"")]
    [InlineData("password x\n")]
    [InlineData("password a b c d e f g h ")]
    [InlineData("@tcp(")]
    [InlineData("\"x\"=> string(\"password\"=> string(")]
    [InlineData("vault login -a ")]
    [InlineData("a@b.cc:")]
    [InlineData("# client\n")]
    public void Masking_takes_time_in_proportion_to_the_text(string unit) =>
        LinearTime.Assert(length =>
        {
            var text = string.Concat(Enumerable.Repeat(unit, length / unit.Length));
            return () => SecretMasker.Redact(text);
        });

    private static string Redact(string text) =>
        text.StartsWith('{')
            ? Encoding.UTF8.GetString(new Redactor().Redact(Encoding.UTF8.GetBytes(text)).Span)
            : SecretMasker.Redact(text);
}
