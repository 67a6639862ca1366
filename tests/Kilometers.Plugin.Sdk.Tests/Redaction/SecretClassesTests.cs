using System.Text;
using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

/// <summary>Places where secrets stand, several of each kind; "§" is where the secret is. With them ordinary text of the same kind, which stays.</summary>
public sealed class SecretClassesTests
{
    private const string Secret = "Lantern-4711x";

    [Theory]
    [InlineData("echo '§' | gh auth login --with-token")]
    [InlineData("printf '%s' \"§\" | kinit ada@EXAMPLE.COM")]
    [InlineData("echo § | docker login -u ada --password-stdin registry.example.com")]
    [InlineData("echo -n § | gpg --batch --passphrase-fd 0 -d x.gpg")]
    [InlineData("vault login - <<< '§'")]
    [InlineData("cryptsetup open /dev/sdb1 data <<<§")]
    [InlineData("echo '§' | vercel env add API_URL production")]
    [InlineData("printf § | gcloud secrets create db --data-file=-")]
    [InlineData("chpasswd <<EOF\nroot:§\nEOF\n")]
    [InlineData("echo § | keyctl padd user disk @u")]
    [InlineData("echo \"§\" | pass insert -e mail/ada")]
    public void What_a_shell_gives_a_program_that_reads_a_password(string text) => Hidden(text);

    [Theory]
    [InlineData("vault login -no-store §")]
    [InlineData("cargo login --registry §")]
    [InlineData("steamcmd +force_install_dir /srv +login ada § +quit")]
    [InlineData("samba-tool user create ada § --must-change-at-next-login")]
    [InlineData("ejabberdctl register ada chat.example.org '§'")]
    [InlineData("mc alias set backup https://s3.example.org AKIDEXAMPLE §")]
    [InlineData("composer config --global http-basic.repo.example.org ada §")]
    [InlineData("net user ada § /add")]
    [InlineData("security unlock-keychain -p § build.keychain")]
    [InlineData("ipmitool -I lanplus -H 10.0.0.7 -U admin -P § power status")]
    [InlineData("dotnet nuget push app.nupkg -k § -s internal")]
    public void Arguments_of_commands(string text) => Hidden(text);

    [Theory]
    [InlineData("Login   Klartextpasswort\n------  ----------------\nada     §\nbob     NULL\n")]
    [InlineData("ID  ApiToken         Owner\n==  ===============  =====\n1   §    ada\n")]
    [InlineData("Name       Secret\n----       ------\nworker-17  §\n")]
    [InlineData(
        "host                      password       port\n------------------------  -------------  ----\na-very-long-name.of.a.host.example.org  §  22\n"
    )]
    [InlineData("│ user │ password │\n├──────┼──────────┤\n│ ada  │ § │\n")]
    [InlineData("┏━━━━━━┳━━━━━━━┓\n┃ Name ┃ Token ┃\n┡━━━━━━╇━━━━━━━┩\n│ prod │ § │\n└──────┴───────┘\n")]
    [InlineData("│ password │ § │")]
    [InlineData("$ pveum user token add ada@pve ci\n│ key   │ value │\n│ value │ § │\n")]
    [InlineData("$ influx-cli token create --read\nID      0a1b\nToken   §\n")]
    [InlineData("$ tool api-key create ci\nname: ci\nsecret: §\n")]
    public void Columns_and_rows_of_what_tools_print(string text) => Hidden(text);

    [Theory]
    [InlineData("<table><tr><th>Host</th><th>Passwort</th></tr><tr><td>a</td><td><b>§</b></td></tr></table>")]
    [InlineData("<table>\n<tr>\n<td>User</td>\n<td>API key</td>\n</tr>\n<tr>\n<td>ada</td>\n<td>§</td>\n</tr>\n</table>")]
    [InlineData(
        "<table class=x><thead><tr><th>n</th><th>Secret</th></tr></thead><tbody><tr><td>1</td><td>x</td></tr><tr><td>2</td><td>§</td></tr></tbody></table>"
    )]
    [InlineData("<b>Password:</b> §<br>")]
    [InlineData("<tr><td>Password:</td><td>§</td></tr>")]
    [InlineData("<li><strong>API Key:</strong> <code>§</code></li>")]
    public void Columns_of_tables_and_labels_in_pages(string text) => Hidden(text);

    [Theory]
    [InlineData("""{"Portal_Password__c":"§"}""")]
    [InlineData("""{"db_password_t":"§"}""")]
    [InlineData("""{"passwordConfirmation":"§"}""")]
    [InlineData("""{"fs.azure.account.key.lake01.dfs.core.windows.net":"§"}""")]
    [InlineData("""{"gitlab-token.gitlab.example.com":"§"}""")]
    [InlineData("dnpass = §")]
    [InlineData("olcrootpw: §")]
    [InlineData("set networkkey=§")]
    [InlineData("SMTPPASS=§")]
    [InlineData("spark.conf.set(\n  \"fs.azure.account.key.lake01.blob.core.windows.net\",\n  \"§\")")]
    public void Names_with_more_behind_them_or_run_together(string text) => Hidden(text);

    [Theory]
    [InlineData("Lösenordet till servern är § sedan igår")] // Swedish
    [InlineData("Adgangskoden er §")] // Danish
    [InlineData("Passordet til ruteren er nå §")] // Norwegian
    [InlineData("Salasanasi on §, vaihda se")] // Finnish
    [InlineData("Heslo k databázi je §")] // Czech
    [InlineData("Nové heslo: §")] // Slovak
    [InlineData("A jelszó most § lett")] // Hungarian
    [InlineData("Parola pentru wifi este §")] // Romanian
    [InlineData("Ο κωδικός είναι §")] // Greek
    [InlineData("Тимчасовий пароль для входу: §")] // Ukrainian
    [InlineData("Паролата за сървъра е §.")] // Bulgarian
    [InlineData("임시 비밀번호는 § 입니다")] // Korean
    [InlineData("Mật khẩu máy chủ là § nhé")] // Vietnamese
    [InlineData("Kata sandi router: §")] // Indonesian
    [InlineData("كلمة المرور هي §")] // Arabic
    [InlineData("הסיסמה לשרת היא §")] // Hebrew
    [InlineData("सर्वर का पासवर्ड § है")] // Hindi
    [InlineData("รหัสผ่านคือ § ครับ")] // Thai
    [InlineData("La contrasenya és §")] // Catalan
    [InlineData("Lozinka za bazu je §")] // Croatian
    [InlineData("Kullanıcı: ada\nŞifre: §\n")] // Turkish
    [InlineData("Geçici parolanız § olarak belirlendi")]
    [InlineData("Hasło do VPN to §")] // Polish
    [InlineData("la clave del wifi es §")] // Spanish
    [InlineData("la clé secrète, je crois, c'est § !")] // French
    [InlineData("パスワードは「§」です")] // Japanese
    [InlineData("""{"şifre":"§"}""")]
    [InlineData("""{"db_lösenord":"§"}""")]
    [InlineData("""{"Kata_Sandi":"§"}""")]
    [InlineData("ad;heslo\nada;§\n")]
    public void Names_in_other_languages(string text) => Hidden(text);

    [Theory]
    [InlineData("mysql('db:3306', 'shop', 'orders', 'ada', '§')")]
    [InlineData("SELECT * FROM postgresql('pg:5432', 'shop', 'users', 'ada', '§')")]
    [InlineData("s3('https://s3.example.org/b/x.csv', 'ada', '§', 'CSV')")]
    [InlineData("OPENROWSET('MSOLEDBSQL', 'srv01'; 'ada'; '§', 'select 1')")]
    [InlineData("EXEC sp_addlinkedsrvlogin 'SRV01', 'false', NULL, 'ada', '§'")]
    public void Calls_of_databases_with_a_password_at_a_place(string text) => Hidden(text);

    [Theory]
    [InlineData("he pasted the API key into the ticket, §, so roll it")]
    [InlineData("I have the root password from Bob, §, and it works")]
    [InlineData("Your new password is\n§\nuntil noon")]
    [InlineData("Das Passwort für morgen ist\n§\n")]
    [InlineData("log in with § as the admin password")]
    [InlineData("<p>opens with <strong>§</strong> as the new root password</p>")]
    [InlineData("`§` is the Wi-Fi password")]
    [InlineData("please use \"§\" as password")]
    [InlineData("local admin .\\helpdesk / § for this machine")]
    [InlineData("Zugang zum Portal: ada / §")]
    [InlineData("login at the NAS is root / §.")]
    [InlineData("it works with §, which is the admin token")]
    [InlineData("\"§\" <- that's the token")]
    [InlineData("the bot's token, §, leaked")]
    [InlineData("someone pushed our token (§) to git")]
    [InlineData("my mail is ada@example.org and the password's §")]
    [InlineData("Copy this token, it is not shown again:\n§\n")]
    [InlineData("331 Please specify the password.\n§\n230 Login successful.\n")]
    public void What_people_write_before_or_behind_it(string text) => Hidden(text);

    [Theory]
    [InlineData("Secret(value=\"§\").save(\"x\")")]
    [InlineData("new ApiKey(name: \"ci\", key: \"§\")")]
    [InlineData("Token(user='ada', value='§')")]
    [InlineData("{password,<<\"§\">>}")]
    [InlineData("[{user, \"ada\"}, {password, \"§\"}]")]
    [InlineData("{:secret, \"§\"}")]
    [InlineData("'((user . \"ada\") (password . \"§\"))")]
    [InlineData("key: '§', // access key of the test account")]
    [InlineData("connect(\"db\", \"§\") # password")]
    [InlineData("values ('ada', '§'); -- initial password")]
    [InlineData("let token = String::from(\"§\");")]
    [InlineData("api_secret = base64.b64decode(\"§\")")]
    [InlineData("var password = Encoding.UTF8.GetBytes(\"§\");")]
    [InlineData("password <- \"§\"")]
    [InlineData("store.load(in, \"§\".toCharArray());")]
    [InlineData("args: [--token, §]")]
    [InlineData("CREATE USER ada IDENTIFIED BY §;")]
    [InlineData("PASSWORD...........: §")]
    [InlineData("api.key=§")]
    [InlineData("kind: Secret\nstringData:\n  a.txt: §\n")]
    public void How_languages_tie_it_to_its_name(string text) => Hidden(text);

    [Theory]
    [InlineData("- textbox \"Secret API key\" [ref=e21]: §")]
    [InlineData("- textbox \"Password\" [active] [ref=e4]: §")]
    [InlineData("    - textbox \"Access token\" [disabled]: §")]
    [InlineData("await page.getByLabel('Password').fill('§');")]
    [InlineData("driver.find_element(By.ID, \"password\").send_keys(\"§\")")]
    [InlineData("""{"element":"Password textbox","ref":"e5","text":"§"}""")]
    public void Fields_of_pages(string text) => Hidden(text);

    [Theory]
    [InlineData("apikey:\n  allowed_keys:\n    - §\n    - x\n")]
    [InlineData("tokens:\n- §\n")]
    [InlineData("api_tokens = [\"§\", \"b\"]")]
    [InlineData("""{"auth_tokens":["x","§"]}""")]
    [InlineData("""{"allowedKeys":["§"]}""")]
    public void Lists_below_a_name(string text) => Hidden(text);

    [Theory]
    [InlineData("radius-server host 10.0.0.1 vrf MGMT key 0 §")]
    [InlineData("tacacs-server key 7 §")]
    [InlineData("ip ospf message-digest-key 1 md5 §")]
    [InlineData("ntp authentication-key 1 md5 §")]
    [InlineData("crypto isakmp key § address 192.0.2.1")]
    [InlineData("[smtp.example.org]:587   relay:§\n")]
    [InlineData("[smtp.example.org]\trelay:§")]
    [InlineData("AuthInfo:smtp.example.org \"U:ada\" \"I:ada\" \"P:§\"")]
    public void Devices_and_servers(string text) => Hidden(text);

    [Theory]
    [InlineData("amqps://ada:6IVs1/S0v2Zr5cj7mLdyx@mq.example.org:5671/x", "amqps://ada:***@mq.example.org:5671/x")]
    [InlineData("postgres://ada:+c-h++UaZ@7xUe**z@db.example.org/x", "postgres://ada:***@db.example.org/x")]
    [InlineData("https://ci:?nazI4pz4J@pypi.example.org/simple", "https://ci:***@pypi.example.org/simple")]
    public void Passwords_in_addresses_have_marks_that_they_should_not(string text, string masked) => Assert.Equal(masked, Redact(text));

    [Theory]
    [InlineData("""{"columns":["user","password"],"rows":[["ada","§"]]}""")]
    [InlineData("""{"columns":[{"name":"id"},{"name":"api_key"}],"rows":[[1,"§"]]}""")]
    [InlineData("""{"range":"A1:C3","values":[["Service","Konto","Passwort"],["x",null,""],["bank",7,"§"]]}""")]
    [InlineData("""{"cmd":["curl","-s","-u","ada:§","https://example.org"]}""")]
    [InlineData("""{"argv":["mysql","-uroot","-p§"]}""")]
    [InlineData("""{"args":["sshpass","-p","§","ssh","host"]}""")]
    [InlineData("""{"auth":["ada","§"]}""")]
    [InlineData("""{"title":"Wi-Fi password","body":"§"}""")]
    [InlineData("""{"question":"API token?","answer":"§"}""")]
    [InlineData("""{"field":"password","old":"hunter22x","new":"§"}""")]
    [InlineData("""{"op":"replace","path":"/data/db_password","value":"§"}""")]
    [InlineData("""{"tag":"input","attributes":{"type":"password","value":"§"}}""")]
    [InlineData("""{"ParameterKey":"DbPassword","ParameterValue":"§"}""")]
    [InlineData("""{"id":"https://kv.vault.example.net/secrets/db/1","value":"§"}""")]
    public void Members_and_items_that_belong_together(string text) => Hidden(text);

    [Theory]
    [InlineData("07:12 <ada> what's the root password on nas2?\n07:13 <bob> §\n")]
    [InlineData("ada: can you send me the API token?\nbob: sure, it's §.\n")]
    [InlineData("Q: the admin password?\nA: `§`\n")]
    [InlineData("password:\n  value: §\n")]
    [InlineData("secret:\n  - §\n")]
    [InlineData("token:\n  content: '§'\n")]
    [InlineData("Password:\n```\n§\n```\n")]
    [InlineData("{{ env \"DB_PASSWORD\" | default \"§\" }}")]
    [InlineData("pw: {{ vault_password | default('§') }}")]
    [InlineData("Driver={x};UID=ada;PWD={§};")]
    public void Answers_and_values_on_another_line(string text) => Hidden(text);

    [Theory]
    [InlineData("tool login -u ada -p § -o out")]
    [InlineData("hydra -l ada -p § ssh://10.0.0.1")]
    [InlineData("ssh-keygen -t ed25519 -N '§' -f key")]
    [InlineData("psexec.py corp/ada:§@10.0.0.5")]
    [InlineData("relay = ada:§@mail.example.org:587")]
    [InlineData("? What is the value of API_KEY? §")]
    public void Users_with_a_password_beside_them(string text) => Hidden(text);

    [Theory]
    [InlineData("cat names.txt | p4 login -a and then sync")]
    [InlineData("| step 42a | login |\n| step 43b | unlock |\n")]
    [InlineData("vault login asks for a token; cargo login --registry internal")]
    [InlineData("Name       Password policy in force\n----       ------------------------\nworker-17  strict\n")]
    [InlineData("Name   Tokens\n----   ------\nada01  4711\n")]
    [InlineData("<table><tr><th>Password</th><th>Length</th></tr><tr><td>required</td><td>12</td></tr></table>")]
    [InlineData("<table><tr><th>Host</th><td>db-2024a</td></tr><tr><th>Port</th><td>8443x2</td></tr></table>")]
    [InlineData("compass: N42E13\nbypass: rule42a\n")]
    [InlineData("El éxito de la clase de 2024 fue grande; heslovitě")]
    [InlineData("remote(\"origin\", \"main\") and s3(\"bucket\", \"key\")")]
    [InlineData("The token in the header, which is optional, ends the session")]
    [InlineData("SHA256 as the password hash, and Base64 as the token's form")]
    [InlineData("This is not the password, and there is no password")]
    [InlineData("read / write for each user, and tcp / udp for each account")]
    [InlineData("{token, Rest} = next(Input), {password, Opts}")]
    [InlineData("if (a == \"b12\") // the next comment is about passing")]
    [InlineData("- textbox \"Password\" [ref=e5]\n- button \"Sign in\" [ref=e6]")]
    [InlineData("await page.getByLabel('Password').fill(password);")]
    [InlineData("tokens:\n- the first\n- the second one\n")]
    [InlineData("primary_keys = [\"id_2024a\", \"id_2024b\"]")]
    [InlineData("set the key 0 of the map to the first value")]
    [InlineData("[RFC7617]: the user:password form is in section two")]
    [InlineData("http://localhost:8080/a@b/c")]
    [InlineData("the token (RFC7519) and the password (at least 12 letters)")]
    [InlineData("Please specify the password.\nSee chapter 12b of the manual\n")]
    [InlineData("var secret = options.ReadOrMake(\"KeyHashFile\");")]
    [InlineData("token <- channel")]
    [InlineData("2021-12-01T21:46:36Z!ada@example.com fixed it")]
    [InlineData("2013-07-13:20130713144407.GA27334@mail.example.com:")]
    [InlineData("copy_secret_key, copy_x509_private2,")]
    [InlineData("problems of getpass on uClibc and Mingw32")]
    [InlineData("Forgot your password?\nAda wrote version2024 of the form, see below\n")]
    [InlineData("password:\n  value: required\n")]
    [InlineData("Password:\n```\nany text of yours\n```\n")]
    [InlineData("<b>Password:</b> required<br>")]
    [InlineData("stringData:\n  host:\n  port:\nkind: Secret\n")]
    public void Ordinary_text_of_the_same_kind_stays(string text) => Assert.Equal(text, Redact(text));

    [Theory]
    [InlineData("""{"items":["a12345","b12345"],"primary_keys":["id_2024a"]}""")]
    [InlineData("""{"element":"Password textbox","text":"Enter your password"}""")]
    [InlineData("""{"tokens":["<s>","the","cat"]}""")]
    [InlineData("""{"columns":["user","password"],"rows":[["ada",null],["bob",""],["eve","none"]]}""")]
    [InlineData("""{"required":["path","token"],"enum":["v1alpha12","v2beta34"]}""")]
    [InlineData("""{"title":"Password","description":"What lets you in","type":"password","required":true}""")]
    [InlineData("""{"path":"/srv/app","text":"a12345"}""")]
    [InlineData("""{"cmd":["docker","run","-u","1000","-p","8080:80","app:v1.2.3"]}""")]
    [InlineData("""{"id":"https://example.org/items/1","value":"a12345"}""")]
    public void Ordinary_members_stay(string text) => Assert.Equal(text, Redact(text));

    [Theory]
    [InlineData("<td><")]
    [InlineData("<tr><th>password<td>")]
    [InlineData("<table><tr><td>password</td></tr><tr><td>x")]
    [InlineData("password  x\n---  ---\n")]
    [InlineData("password as is the ")]
    [InlineData("password, ")]
    [InlineData("\"password\" [a] [b] ")]
    [InlineData("tokens:\n- ")]
    [InlineData("tokens=[\"\",")]
    [InlineData("x | p4 login <<")]
    [InlineData("vault login - ")]
    [InlineData("token add\nvalue\n")]
    [InlineData("x://a:b/")]
    [InlineData("[a]:1 b:")]
    [InlineData("şifre ")]
    [InlineData("密码")]
    [InlineData("account / ")]
    [InlineData("\"x\" // password ")]
    [InlineData("password..........")]
    [InlineData("stringData:\n a: b\n")]
    [InlineData("\".toCharArray()")]
    [InlineData("password (")]
    [InlineData("password: a.b.")]
    [InlineData("password: </b>")]
    [InlineData("identified by ")]
    [InlineData("a:b12@c.d ")]
    [InlineData("password?\n")]
    [InlineData("password:\n- ")]
    [InlineData("password:\n```\n")]
    [InlineData("-u a -p ")]
    public void Masking_takes_time_in_proportion_to_the_text(string unit) =>
        LinearTime.Assert(length =>
        {
            var text = string.Concat(Enumerable.Repeat(unit, length / unit.Length));
            return () => SecretMasker.Redact(text);
        });

    [Theory]
    [InlineData("[\"password\",\"-p\"],")]
    [InlineData("[[")]
    [InlineData("\"-p\",")]
    [InlineData("{\"title\":\"token\",\"text\":\"a12345\"},")]
    public void Masking_of_JSON_takes_time_in_proportion_to_the_text(string unit) =>
        LinearTime.Assert(length =>
        {
            var message = Encoding.UTF8.GetBytes("[" + string.Concat(Enumerable.Repeat(unit, length / unit.Length)));
            return () => new Redactor().Redact(message);
        });

    private static void Hidden(string text)
    {
        var filled = text.Replace("§", Secret, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, Redact(filled), StringComparison.Ordinal);
        Assert.Contains(SecretMasker.Mask, Redact(filled), StringComparison.Ordinal);
    }

    private static string Redact(string text) =>
        text.StartsWith('{') && text.EndsWith('}') && text.Contains("\":", StringComparison.Ordinal)
            ? Encoding.UTF8.GetString(new Redactor().Redact(Encoding.UTF8.GetBytes(text)).Span)
            : SecretMasker.Redact(text);
}
