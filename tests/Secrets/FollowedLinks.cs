using System.Net;
using Bot.Access;
using Bot.Paging;
using Bot.Storage;
using Tests.Support;

namespace Tests.Secrets;

/// <summary>
/// One-time links, looked at as mail programs do, followed, and followed with a slip in the address. What is in them is a secret
/// of whom they were sent to.
/// </summary>
internal static class FollowedLinks
{
    /// <returns>The tokens in them.</returns>
    public static async Task<string[]> AllAsync(BotUnderTest bot)
    {
        var signIn = (await bot.LinkAsync("lena", Role.Responder)).AbsolutePath;
        var links = await bot.Get<AckKeyTable>().LinksAsync(default);
        var ack = "/ack/" + links.Write(1, new PageTarget("user", "lena"), bot.Get<TimeProvider>().GetUtcNow());
        var phone = bot.Phone();
        foreach (
            var path in (string[])[signIn, signIn + "/", signIn + "/more", ack, ack + "/more", $"/sign-in?ReturnUrl={signIn}", "/no" + ack]
        )
        {
            using var looked = await phone.GetAsync(new Uri(path, UriKind.Relative));
            ((int)looked.StatusCode).ShouldBeLessThan(500);
        }

        using var wrong = await phone.PutAsync(new Uri(signIn, UriKind.Relative), new StringContent(""));
        ((int)wrong.StatusCode).ShouldBeLessThan(500);
        using var bare = await phone.PostAsync(new Uri(signIn, UriKind.Relative), new FormUrlEncodedContent([]));
        bare.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using var followed = await BotUnderTest.PostFormAsync(phone, signIn, signIn, []);
        followed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return [signIn["/sign-in/".Length..], ack["/ack/".Length..]];
    }
}
